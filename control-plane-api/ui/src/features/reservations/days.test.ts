import { expect, it, vi } from 'vitest';
import { dayStart, shifted, weekOf } from './days';

it('has the week of a day, Monday first', () => {
  const week = weekOf('2026-01-07');
  expect([week[0], week[6], week.length]).toEqual(['2026-01-05', '2026-01-11', 7]);
});

it('goes over the end of a month', () => {
  expect(shifted('2026-01-28', 7)).toBe('2026-02-04');
});

it('goes on by a day over the one of 25 hours', () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  expect(dayStart('2026-10-26') - dayStart('2026-10-25')).toBe(25 * 3_600_000);
  expect(shifted('2026-10-25', 1)).toBe('2026-10-26');
  vi.unstubAllEnvs();
});
