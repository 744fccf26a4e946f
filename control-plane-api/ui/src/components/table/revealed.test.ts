import { expect, it } from 'vitest';
import { scrolledTo, withActive } from './revealed';

const view = { top: 1000, height: 600, heading: 40 };

it('leaves a list where it is when the row is seen', () => {
  expect([scrolledTo(20, 50, view), scrolledTo(30, 50, view)]).toEqual([1000, 1000]);
});

it('brings a row above right under the heading, and one below to the lower edge', () => {
  expect([scrolledTo(10, 50, view), scrolledTo(31, 50, view)]).toEqual([500, 1040]);
});

it('makes the row with the focus too, in its place', () => {
  expect([withActive([5, 6], 6), withActive([5, 6], 1), withActive([5, 6], 90), withActive([], 3)]).toEqual([[5, 6], [1, 5, 6], [5, 6, 90], []]);
});
