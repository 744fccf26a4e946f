import { expect, it } from 'vitest';
import { changedVerdicts, checkText, rejections } from './decisionWords';
import type { Candidate } from './whyNot';

const fits = (name: string, score = 1): Candidate => ({ worker_id: name, worker_name: name, eligible: true, detail: '', score });
const refused = (name: string, detail: string): Candidate => ({ worker_id: name, worker_name: name, eligible: false, detail, reason_code: 'status' });

it('puts the most frequent reason first', () => {
  expect(rejections({ reason_counts: { ports: 1, capacity: 7, status: 1 } }).map(({ code, count }) => [code, count])).toEqual([
    ['capacity', 7],
    ['status', 1],
    ['ports', 1],
  ]);
});

it('has words for a check that it does not know', () => {
  expect(checkText('moon_phase')).toBe('moon phase');
});

it('tells of which workers something else was said, and of those that came and went', () => {
  const before = [fits('same', 1), refused('other', 'is STOPPED'), fits('went')];
  const now = [fits('same', 2), refused('other', 'is DRAINING'), fits('came')];
  expect(changedVerdicts(before, now)).toEqual([
    { worker_id: 'other', worker_name: 'other', before: 'is STOPPED', now: 'is DRAINING' },
    { worker_id: 'came', worker_name: 'came', before: 'was not there', now: 'Fits' },
    { worker_id: 'went', worker_name: 'went', before: 'Fits', now: 'is not there any more' },
  ]);
});
