import type { Schemas } from '../../api/types';
import { duration } from '../../components/duration';

export type FleetPolicy = Schemas['FleetPolicy'];
type Budget = Schemas['DisruptionBudget'];
type CareWindow = Schemas['CareWindow'];

/** Whole numbers of the policy that a person changes here, each with what it means. */
export const LIMITS = [
  ['max_workers_per_region', 'Workers in one region, at most', 'Those on their way count. None is launched beyond.'],
  ['booking_horizon_days', 'Days ahead that can be booked', ''],
  ['booking_start_grace_seconds', 'Seconds that a wanted start may lie in the past', ''],
  ['moves_to_make_room', 'Promises that may move for one booking, at most', '0 leaves every promise where it is.'],
  ['drain_look_ahead_seconds', 'Seconds within which a session is imminent', 'Its worker is not drained without force.'],
  ['least_lead_seconds', 'Seconds before a slot that a host is held, at least', ''],
  ['least_teardown_seconds', 'Seconds after a slot that a host is held, at least', ''],
] as const satisfies readonly (readonly [keyof FleetPolicy, string, string])[];
type Limit = (typeof LIMITS)[number][0];

/** *policy* with what was typed; what is no number is sent as it is, and refused with the reason. */
export function withLimits(policy: FleetPolicy, typed: Record<string, string>): FleetPolicy {
  const limits = LIMITS.map(([name]): [Limit, number] => {
    const said = typed[name]?.trim() ?? '';
    return [name, said === '' ? policy[name] : Number(said)];
  });
  return { ...policy, ...(Object.fromEntries(limits) as Record<Limit, number>) };
}

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
