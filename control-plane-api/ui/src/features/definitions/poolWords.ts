import type { Schemas } from '../../api/types';
import type { Tone } from '../../app/theme';
import { duration } from '../../components/duration';
import { counted } from '../../components/counted';

export type Pool = Schemas['WarmPoolReport'];
export type PoolPolicy = Schemas['WarmPoolPolicy'];

export const poolTone: Record<Pool['pool']['status'], Tone> = { ACTIVE: 'good', PAUSED: 'waiting', DRAINED: 'resting', SUSPENDED: 'bad' };
export const labTone: Record<Schemas['PreparedLabStatus'], Tone> = { PREPARING: 'moving', READY: 'good', CLAIMED: 'waiting', REMOVING: 'resting' };

/** How the pool stands, in one line. */
export function poolText(report: Pool): string {
  const { pool, ready, preparing, target, wanted_version } = report;
  if (pool.status === 'SUSPENDED') return `Suspended by its failure budget: ${pool.status_reason || 'too many labs could not be prepared'}`;
  if (pool.status === 'PAUSED') return `Paused${because(pool.status_reason)}. What is there is used up`;
  if (pool.status === 'DRAINED') return `Drained${because(pool.status_reason)}`;
  if (!wanted_version) return 'No version of it can be booked: nothing is prepared';
  if (ready >= target) return `${ready} of ${target} stand ready`;
  return `${ready} of ${target} stand ready${preparing ? `, ${preparing} ${preparing === 1 ? 'is' : 'are'} being prepared` : ''}`;
}

const because = (reason: string | undefined) => (reason ? `: ${reason.replace(/\.$/, '')}` : '');

/** Hits of all starts, such as "75 %"; null when there was none. */
export function hitRate({ hits = 0, misses = 0 }: Pool['measures']): string | null {
  return hits + misses === 0 ? null : `${Math.round((100 * hits) / (hits + misses))} %`;
}

/** What the pool was worth since it is measured. */
export function worthText(measures: Pool['measures']): string {
  const rate = hitRate(measures);
  if (!rate) return 'No session has begun yet';
  const saved = measures.saved_seconds ?? 0;
  return `${counted(measures.hits ?? 0, 'hit')}, ${counted(measures.misses ?? 0, 'miss', 'misses')} (${rate})${saved > 0 ? `, ${duration(saved)} spared` : ''}`;
}

/** Why sessions found no prepared lab, the most frequent first. */
export function missesOf({ misses_by_reason = {} }: Pool['measures']): [string, number][] {
  return Object.entries(misses_by_reason).sort(([, one], [, other]) => other - one);
}

export const NEW_POLICY: PoolPolicy = { depth: 1, follow_bookings: true, look_ahead_minutes: 60, most: 20, max_age_hours: 168, failure_budget: 3, failure_window_minutes: 60 };

const NUMBERS = ['depth', 'most', 'look_ahead_minutes', 'max_age_hours', 'failure_budget', 'failure_window_minutes'] as const;

/** The policy as a dialog says it. What is no number is left for the API to refuse, with its own words. */
export function policyOf(texts: Record<string, string>, follow: boolean): PoolPolicy {
  const said = Object.fromEntries(NUMBERS.map((name) => [name, Number(texts[name])])) as Record<(typeof NUMBERS)[number], number>;
  return { ...said, follow_bookings: follow };
}
