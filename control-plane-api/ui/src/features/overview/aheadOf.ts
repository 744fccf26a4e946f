import type { Schemas } from '../../api/types';
import type { TimePoint } from '../../components/charts/OrAsTable';
import { counted } from '../../components/counted';
import { toLocalInput } from '../../components/localInput';

/** Supplies that will be there without anybody's doing. */
const COUNTED = new Set(['up', 'coming']);

/** A part of a sentence, and the page that shows what it speaks of. */
export interface Said {
  text: string;
  to?: string;
  search?: Record<string, string>;
}

interface AheadOf {
  points: TimePoint[];
  summary: Said[];
  /** Nothing is booked, and there is nothing that could be. */
  isEmpty: boolean;
}

/** Cores that are booked and there, hour by hour, and the fullest hour in a sentence. */
export function aheadOf(landscape: Schemas['Landscape']): AheadOf {
  const there = landscape.supply.filter((row) => COUNTED.has(row.supply)).reduce((sum, row) => sum + (row.capacity.cpu_cores ?? 0), 0);
  const points = landscape.hours.map((hour) => ({ at: Date.parse(hour.start), Booked: hour.booked.cpu_cores ?? 0, There: there }));
  const fullest = landscape.hours.reduce<Schemas['HourRow'] | undefined>((most, hour) => (most && most.sessions >= hour.sessions ? most : hour), undefined);
  const unpromised = Math.max(0, ...landscape.hours.map((hour) => hour.unpromised_sessions));
  const isEmpty = there === 0 && unpromised === 0 && points.every((point) => point.Booked === 0);
  if (!fullest || fullest.sessions + unpromised === 0) return { points, summary: [{ text: 'Nothing is booked.' }], isEmpty };
  return { points, summary: [...fullestText(fullest), ...unpromisedText(unpromised)], isEmpty };
}

function fullestText({ start, sessions, workers_booked }: Schemas['HourRow']): Said[] {
  const begin = new Date(start);
  const hour = begin.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const day = toLocalInput(start).slice(0, 10);
  return [
    { text: `Most at ${hour}: ` },
    { text: counted(sessions, 'session'), to: '/reservations', search: { view: 'calendar', day } },
    { text: ' on ' },
    { text: counted(workers_booked, 'worker'), to: '/reservations', search: { view: 'timeline', day } },
    { text: '. ' },
  ];
}

function unpromisedText(unpromised: number): Said[] {
  if (unpromised === 0) return [{ text: 'All of them hold their room.' }];
  return [{ text: `${counted(unpromised, 'session')} without room yet`, to: '/scheduler' }, { text: '.' }];
}
