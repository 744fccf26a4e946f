import { describe, expect, it } from 'vitest';
import { spanOf, withinReach } from './timeline';

it('places intervals between the first beginning and the last end, and now among them', () => {
  const first = { start: '2026-01-05T08:00:00Z', end: '2026-01-05T10:00:00Z' };
  const second = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T12:00:00Z' };
  const span = spanOf([first, second], Date.parse('2026-01-05T11:00:00Z'));
  expect(span.now).toBe(75);
  expect(span.place(first)).toEqual({ left: 0, width: 50 });
  expect(span.place(second)).toEqual({ left: 25, width: 75 });
});

describe('what is shown of the room that is held', () => {
  const NOW = Date.parse('2026-01-05T11:00:00Z');
  const held = (start: string) => ({ interval: { start, end: start } });
  const [now, tonight, march] = [held('2026-01-05T10:00:00Z'), held('2026-01-05T20:00:00Z'), held('2026-03-04T09:00:00Z')];

  it('is what begins within a day: a promise for March would leave no width for the others', () => {
    expect(withinReach([now, tonight, march], NOW)).toEqual({ shown: [now, tonight], later: 1 });
  });

  it('is what comes first where all of it is later', () => {
    expect(withinReach([march], NOW)).toEqual({ shown: [march], later: 0 });
    expect(withinReach([], NOW)).toEqual({ shown: [], later: 0 });
  });
});
