import { expect, it } from 'vitest';
import { pointsOf } from './series';

it('makes points of series, with a gap where nothing was observed', () => {
  const at = ['2026-01-05T08:00:00Z', '2026-01-05T08:01:00Z'];
  const metrics = { at, series: [{ name: 'cpu_percent', unit: '%', mean: [12, null], peak: [20, null] }] } as never;
  expect(pointsOf(metrics, [{ name: 'cpu_percent', label: 'CPU' }])).toEqual([
    { at: Date.parse('2026-01-05T08:00:00Z'), CPU: 12 },
    { at: Date.parse('2026-01-05T08:01:00Z'), CPU: null },
  ]);
});
