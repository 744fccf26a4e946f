import type { Schemas } from '../../api/types';
import type { TimePoint } from '../../components/charts/OrAsTable';

/** The series named by *shown*, as points in time; a value that was not observed is null. */
export function pointsOf(metrics: Schemas['WorkerMetricSeries'], shown: readonly { name: string; label: string }[]): TimePoint[] {
  const wanted = shown.map(({ name, label }) => ({ label, values: metrics.series.find((series) => series.name === name)?.mean }));
  return metrics.at.map((at, index) => ({
    at: Date.parse(at),
    ...Object.fromEntries(wanted.map(({ label, values }) => [label, values?.[index] ?? null])),
  }));
}
