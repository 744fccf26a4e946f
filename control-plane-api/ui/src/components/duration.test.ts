import { expect, it } from 'vitest';
import { duration } from './duration';

it('says an amount of time in two units at the most', () => {
  expect([0.42, 59.7, 3599.6, 200, 7500, 360_000].map(duration)).toEqual(['0.4 s', '1 min', '1 h', '3 min 20 s', '2 h 5 min', '4 d 4 h']);
});
