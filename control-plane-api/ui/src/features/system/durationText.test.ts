import { expect, it } from 'vitest';
import { durationText } from './durationText';

it('says a time in its two largest units', () => {
  expect([0, 59.9, 60, 3_725, 183_600].map(durationText)).toEqual(['0 s', '59 s', '1 min', '1 h 2 min', '2 d 3 h']);
});
