import { expect, it } from 'vitest';
import { shifted, weekOf } from './days';

it('has the week of a day, Monday first', () => {
  const week = weekOf('2026-01-07');
  expect([week[0], week[6], week.length]).toEqual(['2026-01-05', '2026-01-11', 7]);
});

it('goes over the end of a month', () => {
  expect(shifted('2026-01-28', 7)).toBe('2026-02-04');
});
