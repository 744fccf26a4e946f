import type { Schemas } from '../../api/types';
import type { TimePoint } from '../../components/charts/OrAsTable';

/** Supplies that will be there without anybody's doing. */
const COUNTED = new Set(['up', 'coming']);

/** Cores that are booked and there, hour by hour, and the fullest hour in a sentence. */
export function aheadOf(landscape: Schemas['Landscape']): { points: TimePoint[]; summary: string } {
  const there = landscape.supply.filter((row) => COUNTED.has(row.supply)).reduce((sum, row) => sum + (row.capacity.cpu_cores ?? 0), 0);
  const points = landscape.hours.map((hour) => ({ at: Date.parse(hour.start), Booked: hour.booked.cpu_cores ?? 0, There: there }));
  const fullest = landscape.hours.reduce<Schemas['HourRow'] | undefined>((most, hour) => (most && most.sessions >= hour.sessions ? most : hour), undefined);
  const unpromised = Math.max(0, ...landscape.hours.map((hour) => hour.unpromised_sessions));
  if (!fullest || fullest.sessions === 0) return { points, summary: 'Nothing is booked.' };
  const hour = new Date(fullest.start).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const waiting = unpromised > 0 ? ` ${unpromised} hold no room yet.` : ' All of them hold their room.';
  return { points, summary: `Most at ${hour}: ${fullest.sessions} sessions on ${fullest.workers_booked} workers.${waiting}` };
}
