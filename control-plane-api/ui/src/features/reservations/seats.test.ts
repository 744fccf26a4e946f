import { expect, it } from 'vitest';
import { seatsOf } from './seats';

it('reads a learner from each line, with an external id after a comma', () => {
  expect(seatsOf('ada, LMS-1\n\n grace \nada')).toEqual([
    { username: 'ada', externalId: 'LMS-1' },
    { username: 'grace', externalId: undefined },
  ]);
});
