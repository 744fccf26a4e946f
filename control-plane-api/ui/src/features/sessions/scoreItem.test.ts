import { expect, it } from 'vitest';
import { scoreItem } from './scoreItem';

it('gives each thing that is known its place', () => {
  const item = { name: 'R1 holds the address', device: 'R1', command: 'show run', mode: 'positive', points: 2, max_points: 3, passed: false, detail: null };
  expect(scoreItem(item)).toEqual({ title: 'R1 holds the address', detail: 'R1 · show run · mode: positive', points: '2 of 3', passed: false });
});

it('shows what another engine says by its own names', () => {
  expect(scoreItem({ label: 'x', hints: ['a'] })).toEqual({ title: 'Item', detail: 'label: x · hints: ["a"]', points: '', passed: null });
});
