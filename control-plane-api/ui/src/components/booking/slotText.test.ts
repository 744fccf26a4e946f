import { expect, it } from 'vitest';
import { slotText } from './slotText';

const NOW = Date.parse('2026-01-01T12:00:00Z');

it('tells a slot of one day with that day once, and without the year that it is', () => {
  const slot = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:30:00Z' };
  expect(slotText(slot, 'UTC', NOW)).toMatch(/^Mon,? 5 Jan, 09:00 – 10:30$/);
});

it('tells the day of an end on another day', () => {
  const slot = { start: '2026-01-05T23:00:00Z', end: '2026-01-06T01:00:00Z' };
  expect(slotText(slot, 'UTC', NOW)).toMatch(/^Mon,? 5 Jan, 23:00 – Tue,? 6 Jan, 01:00$/);
});

it('tells the year of a slot in another year', () => {
  const slot = { start: '2027-03-04T09:00:00Z', end: '2027-03-04T10:00:00Z' };
  expect(slotText(slot, 'UTC', NOW)).toMatch(/^Thu,? 4 Mar 2027, 09:00 – 10:00$/);
});
