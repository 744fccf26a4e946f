import type { Schemas } from '../../api/types';

export type FleetPolicy = Schemas['FleetPolicy'];

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
