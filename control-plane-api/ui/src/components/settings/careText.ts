import type { Schemas } from '../../api/types';
import { duration } from '../duration';

type Budget = Pick<Schemas['DisruptionBudget'], 'most_workers' | 'window_seconds'> & { reasons?: readonly string[] };
type CareWindow = Omit<Schemas['CareWindow'], 'time_zone'> & { time_zone?: string };

const times = (counts: Record<string, number>) => Object.entries(counts).map(([name, count]) => `${name === '*' ? 'each' : name} ${count}`);

/** "at least: eu-west-1 2, each 1"; nothing where no minimum is set. */
export function minimaText(counts: Record<string, number> | undefined): string {
  return times(counts ?? {}).join(', ');
}

/** "10 workers in 1 h, for idle or consolidation". */
export function budgetText({ most_workers, window_seconds, reasons = [] }: Budget): string {
  const why = reasons.length > 0 ? `, for ${reasons.join(' or ')}` : '';
  return `${most_workers} ${most_workers === 1 ? 'worker' : 'workers'} in ${duration(window_seconds)}${why}`;
}

/** "only monday, tuesday from 22:00 for 2 h (Europe/Brussels)". */
export function windowText({ kind, days, start, minutes, time_zone = 'UTC' }: CareWindow): string {
  return `${kind === 'allowed' ? 'only' : 'never'} ${days.length === 7 ? 'every day' : days.join(', ')} from ${start} for ${duration(60 * minutes)} (${time_zone})`;
}
