import { expect, it } from 'vitest';
import { isBare, peakOf, roomPoints, sessionPoints } from './ahead';

const hour = (at: number, cpu_cores: number) => ({ start: `2026-01-05T0${at}:00:00Z`, sessions: 2, begin: 1, end: 0, booked: { cpu_cores }, workers_booked: 1, unpromised_sessions: 3 });
const supply = (name: string, cpu_cores: number) => ({ supply: name, workers: 1, capacity: { cpu_cores } });
const landscape = { at: '2026-01-05T08:10:00Z', supply: [supply('up', 16), supply('coming', 8), supply('asleep', 8), supply('gone', 99)], hours: [hour(8, 4), hour(9, 24), hour(7, 0)] } as never;

it('has who holds room, comes, goes and lacks room, hour by hour', () => {
  expect(sessionPoints(landscape)[0]).toEqual({ at: Date.UTC(2026, 0, 5, 8), 'Hold room': 2, Begin: 1, End: 0, 'Without room': 3 });
});

it('sets what is booked against what is near and what there is, without what goes', () => {
  expect(roomPoints(landscape, 'cpu_cores').map((point) => [point.Booked, point['Up or coming'], point['With those that rest']])).toEqual([
    [4, 24, 32],
    [24, 24, 32],
    [0, 24, 32],
  ]);
});

it('finds the fullest hour, and none where nothing is booked', () => {
  expect(peakOf(landscape, 'cpu_cores')).toEqual({ start: '2026-01-05T09:00:00Z', booked: 24, share: 0.75 });
  expect(peakOf(landscape, 'nodes')).toBeUndefined();
});

it('has nothing to draw only where there is neither worker nor booking', () => {
  const none = { supply: supplyOf(0), hours: [{ ...hour(8, 0), sessions: 0, unpromised_sessions: 0 }] } as never;
  const booked = { supply: supplyOf(0), hours: [hour(8, 4)] } as never;
  const staffed = { supply: supplyOf(1), hours: [] } as never;
  expect([none, booked, staffed].map(isBare)).toEqual([true, false, false]);
});

const supplyOf = (workers: number) => [{ ...supply('up', 0), workers }, { ...supply('gone', 9), workers: 3 }];
