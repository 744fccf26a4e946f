import { describe, expect, it } from 'vitest';
import { sessionTrack } from './track';

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
    expect(stop('TERMINATED')).toEqual({ status: 'TERMINATED', passage: 'now', seconds: 0 });
  });
});
