import { expect, it } from 'vitest';
import { relativeTime } from './relativeTime';

const NOW = Date.parse('2026-01-05T09:00:00Z');

it.each([
  ['2026-01-05T09:00:00Z', 'now'],
  ['2026-01-05T08:59:15Z', '45 sec. ago'],
  ['2026-01-05T09:12:00Z', 'in 12 min.'],
  ['2026-01-05T05:00:00Z', '4 hr. ago'],
  ['2026-01-12T09:00:00Z', 'in 7 days'],
])('says %s as %s', (moment, said) => {
  expect(relativeTime(Date.parse(moment), NOW)).toBe(said);
});
