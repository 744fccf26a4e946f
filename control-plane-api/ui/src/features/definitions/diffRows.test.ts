import { expect, it } from 'vitest';
import { amountText, changedPart, hunksOf, type Line, paired } from './diffRows';

const DIFF = ['@@ -3,4 +3,5 @@', ' same', '-old one', '+new one', '+more', ' end', '@@ -40 +41 @@', '-x', '+y'];

it('numbers the lines of each hunk as both files count them', () => {
  const { hunks } = hunksOf(DIFF);
  expect(hunks.map((hunk) => hunk.lines.map(({ before, after }) => [before, after]))).toEqual([
    [[3, 3], [4, null], [null, 4], [null, 5], [5, 6]],
    [[40, null], [null, 41]],
  ]);
});

it('numbers what is added to an empty file from one', () => {
  expect(hunksOf(['@@ -0,0 +1,2 @@', '+a', '+b']).hunks[0]?.lines.map(({ after }) => after)).toEqual([1, 2]);
});

it('keeps an empty line that stayed', () => {
  expect(hunksOf(['@@ -1,2 +1,2 @@', '', '-a', '+b']).hunks[0]?.lines[0]).toEqual({ kind: 'same', before: 1, after: 1, text: '' });
});

it('takes for a note what is no diff', () => {
  expect(hunksOf(['too large to be compared'])).toEqual({ hunks: [], note: 'too large to be compared' });
});

const line = (kind: Line['kind'], text: string): Line => ({ kind, before: 1, after: 1, text });
const texts = (lines: Line[]) => paired(lines).map(({ before, after }) => [before?.text ?? null, after?.text ?? null]);

it('puts what came beside what went', () => {
  expect(texts([line('gone', 'a'), line('gone', 'b'), line('new', 'A'), line('same', 'c')])).toEqual([['a', 'A'], ['b', null], ['c', 'c']]);
});

it('does not put a later removal beside an earlier addition', () => {
  expect(texts([line('new', 'A'), line('gone', 'b'), line('new', 'B')])).toEqual([[null, 'A'], ['b', 'B']]);
});

it.each([
  ['label: r1', 'label: r22', { head: 'label: r', changed: '1', tail: '' }],
  ['ram: 512', 'ram: 512', { head: 'ram: 512', changed: '', tail: '' }],
  ['aa', 'aaa', { head: 'aa', changed: '', tail: '' }],
  ['a-b-c', 'a-x-c', { head: 'a-', changed: 'b', tail: '-c' }],
])('finds what of %s is not in %s', (text, other, parts) => {
  expect(changedPart(text, other)).toEqual(parts);
});

it('counts what came and went', () => {
  expect(amountText(hunksOf(DIFF))).toBe('+3 −2');
});
