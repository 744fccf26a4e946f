import { expect, it } from 'vitest';
import { verdictOf } from './feasibility';

const answer = (part: object) => ({ openings: [], alternatives: [], candidates: [], ...part }) as never;

it('says where a booking lands', () => {
  const verdict = verdictOf(answer({ seats: [{ worker_id: 'w', worker_name: 'metal-1' }] }));
  expect(verdict).toMatchObject({ fits: true, headline: 'There is room', lines: ['On metal-1.'] });
});

it('counts the seats of a class by worker, and the workers that are launched for it', () => {
  const verdict = verdictOf(answer({ seats: [{ worker_id: 'w', worker_name: 'metal-1' }, { template_name: 'metal' }], openings: [{ template_name: 'metal', region: 'us-east-1' }] }));
  expect(verdict.lines).toEqual(['1 on metal-1.', 'One worker is launched for it: metal in us-east-1.']);
});

it('says why there is no room, in the words of the server where it has some', () => {
  const verdict = verdictOf(answer({ seats: [{ reason_counts: { capacity: 2, fleet_limit: 1 }, details: { fleet_limit: 'The region has its one worker.' } }] }));
  expect(verdict).toMatchObject({ fits: false, headline: 'There is no room then', lines: ['2 workers: no room then.', 'The region has its one worker.'] });
});

it('says how many of a class fit', () => {
  expect(verdictOf(answer({ seats: [{ worker_id: 'w' }, {}] })).headline).toBe('Room for 1 of 2');
});
