import { expect, it } from 'vitest';
import { spanOf } from './timeline';

it('places intervals between the first beginning and the last end, and now among them', () => {
  const first = { start: '2026-01-05T08:00:00Z', end: '2026-01-05T10:00:00Z' };
  const second = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T12:00:00Z' };
  const span = spanOf([first, second], Date.parse('2026-01-05T11:00:00Z'));
  expect(span.now).toBe(75);
  expect(span.place(first)).toEqual({ left: 0, width: 50 });
  expect(span.place(second)).toEqual({ left: 25, width: 75 });
});
