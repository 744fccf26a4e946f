import { expect, it } from 'vitest';
import { byHope, type Candidate, waited, whyNot } from './whyNot';

const candidate = (part: Partial<Candidate>): Candidate => ({ worker_id: 'w', worker_name: 'w', eligible: false, detail: '', ...part });

it('tells what is needed against what is free', () => {
  expect(whyNot(candidate({ reason_code: 'capacity', dimension: 'memory_gb', needed: 32, free: 8 }))).toBe('Needs 32 GB of memory, 8 free');
});

it('tells the detail of a check that counts nothing, and its name where there is no detail', () => {
  expect(whyNot(candidate({ reason_code: 'status', detail: 'It is draining' }))).toBe('It is draining');
  expect(whyNot(candidate({ reason_code: 'fleet_limit' }))).toBe('fleet limit');
});

it('puts first what fits, by score, then what fits soonest, then the rest by name', () => {
  const sorted = byHope([
    candidate({ worker_name: 'worker-10' }),
    candidate({ worker_name: 'worker-9' }),
    candidate({ worker_name: 'late', earliest_fit_at: '2026-01-01T12:00:00Z' }),
    candidate({ worker_name: 'soon', earliest_fit_at: '2026-01-01T10:00:00Z' }),
    candidate({ worker_name: 'second', eligible: true, score: 0.2 }),
    candidate({ worker_name: 'first', eligible: true, score: 1.5 }),
  ]);
  expect(sorted.map((each) => each.worker_name)).toEqual(['first', 'second', 'soon', 'late', 'worker-9', 'worker-10']);
});

it('says how long something waits', () => {
  expect([45, 720, 11_100, 187_200].map(waited)).toEqual(['45 s', '12 min', '3 h 5 min', '2 d 4 h']);
});
