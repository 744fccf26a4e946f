import type { Schemas } from '../../api/types';
import type { TimePoint } from '../../components/charts/OrAsTable';

type Landscape = Schemas['Landscape'];

export const DIMENSIONS = [
  ['cpu_cores', 'CPU cores'],
  ['memory_gb', 'GB of memory'],
  ['storage_gb', 'GB of storage'],
  ['nodes', 'Nodes'],
  ['ports', 'Ports'],
] as const;
export type Dimension = (typeof DIMENSIONS)[number][0];

/** What workers that are not up yet are called, by how near they are to serving. */
export const SUPPLY: Record<string, string> = { up: 'Up', coming: 'Coming up', asleep: 'Stopped', planned: 'Planned', gone: 'Going or gone' };

const NEAR = ['up', 'coming'];
const COUNTS = ['up', 'coming', 'asleep', 'planned'];

function capacity({ supply }: Landscape, of: Dimension, which: readonly string[]): number {
  return supply.filter((each) => which.includes(each.supply)).reduce((sum, each) => sum + (each.capacity[of] ?? 0), 0);
}

/** Sessions that hold room in each hour, those that come, and those that go. */
export function sessionPoints({ hours }: Landscape): TimePoint[] {
  return hours.map((hour) => ({ at: Date.parse(hour.start), 'Hold room': hour.sessions, Begin: hour.begin, End: hour.end, 'Without room': hour.unpromised_sessions }));
}

/** What is booked of one dimension in each hour, against what is up or coming, and against all there is. */
export function roomPoints(landscape: Landscape, of: Dimension): TimePoint[] {
  const [near, all] = [capacity(landscape, of, NEAR), capacity(landscape, of, COUNTS)];
  return landscape.hours.map((hour) => ({ at: Date.parse(hour.start), Booked: hour.booked[of] ?? 0, 'Up or coming': near, 'With those that rest': all }));
}

export interface Peak {
  start: string;
  /** Of all there is; above 1 more is promised than there is room. Undefined where there is nothing. */
  share: number | undefined;
  booked: number;
}

/** The hour with the most booked of one dimension; undefined where nothing is booked at all. */
export function peakOf(landscape: Landscape, of: Dimension): Peak | undefined {
  const fullest = landscape.hours.reduce<Landscape['hours'][number] | undefined>((most, hour) => ((hour.booked[of] ?? 0) > (most?.booked[of] ?? 0) ? hour : most), undefined);
  if (!fullest) return undefined;
  const [booked, all] = [fullest.booked[of] ?? 0, capacity(landscape, of, COUNTS)];
  return { start: fullest.start, booked, share: all > 0 ? booked / all : undefined };
}

/** Whether there is nothing to draw: no worker that counts, and nobody who holds or wants room. */
export function isBare({ supply, hours }: Landscape): boolean {
  const workers = supply.filter((each) => COUNTS.includes(each.supply)).reduce((sum, each) => sum + each.workers, 0);
  return workers === 0 && hours.every((hour) => hour.sessions === 0 && hour.unpromised_sessions === 0);
}
