import { describe, expect, it } from 'vitest';
import { expectedTimes, sessionTrack } from './track';

const change = (source: string | null, target: string, at: string) =>
  ({ source, target, at, by: 'test', reason: '' }) as never;

describe('the track of a session', () => {
  const history = [
    change(null, 'PENDING', '2026-01-05T09:00:00Z'),
    change('PENDING', 'SCHEDULED', '2026-01-05T09:00:02Z'),
    change('SCHEDULED', 'TERMINATED', '2026-01-05T09:00:05Z'),
  ];
  const stops = sessionTrack({ status: 'TERMINATED', state_history: history }, Date.parse('2026-01-05T10:00:00Z'));
  const stop = (status: string) => stops.find((found) => found.status === status);

  it('measures the time spent in each state', () => {
    expect(stop('PENDING')?.seconds).toBe(2);
    expect(stop('SCHEDULED')?.seconds).toBe(3);
  });

  it('marks states that were left out', () => {
    expect(stop('RUNNING')?.passage).toBe('skipped');
  });

  it('stops the clock at the end', () => {
    expect(stop('TERMINATED')).toEqual({ status: 'TERMINATED', passage: 'now', seconds: null });
  });
});

describe('what is expected of a state', () => {
  const session = {
    created_at: '2026-01-05T08:00:00Z',
    timeslot: { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:30:00Z' },
    limits: { instantiation_seconds: 300 },
    no_show_seconds: null,
  } as never;

  it('is the slot for the learner, and the limit that is nearest for the rest', () => {
    const expected = expectedTimes(session, { instantiation_seconds: 900, grading_seconds: 600 });
    expect(expected.RUNNING?.seconds).toBe(5400);
    expect(expected.INSTANTIATING?.seconds).toBe(300);
    expect(expected.GRADING?.seconds).toBe(600);
  });

  it('is nothing where nobody limits it', () => {
    expect(expectedTimes(session, null).COLLECTING).toBeUndefined();
  });
});
