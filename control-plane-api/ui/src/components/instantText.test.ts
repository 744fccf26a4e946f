import { expect, it } from 'vitest';
import { instantText, zoneText } from './instantText';

it('tells an instant to the second, with the zone of the clock', () => {
  expect(instantText('2026-11-30T12:34:59.257Z', 'Europe/Vienna')).toBe('30 Nov 2026, 13:34:59 CET');
  expect(instantText('2026-07-01T12:34:59Z', 'UTC')).toBe('1 Jul 2026, 12:34:59 UTC');
});

it('names the zone that holds at that time of the year', () => {
  expect(zoneText('2026-11-30T12:00:00Z', 'Europe/Vienna')).toBe('CET');
  expect(zoneText('2026-07-01T12:00:00Z', 'Europe/Vienna')).toBe('CEST');
});
