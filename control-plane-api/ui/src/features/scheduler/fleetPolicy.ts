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

/** What becomes of a worker that is still in use when its drain should have ended. */
export const DRAIN_DEADLINE: Record<Schemas['DrainDeadlineAction'], string> = {
  warn: 'somebody is told, and it is waited for',
  force_stop: 'the worker is stopped, and its sessions lose their host',
  wait: 'it is waited for',
};

/** What becomes of instances that no worker stands for. */
export const ORPHANS: Record<Schemas['OrphanAction'], string> = {
  flag: 'told, and left alone',
  adopt: 'taken into the fleet',
  terminate_after_grace: 'terminated after their grace',
};

/** *policy* with what was typed; what is no number is sent as it is, and refused with the reason. */
export function withLimits(policy: FleetPolicy, typed: Record<string, string>): FleetPolicy {
  const limits = LIMITS.map(([name]): [Limit, number] => {
    const said = typed[name]?.trim() ?? '';
    return [name, said === '' ? policy[name] : Number(said)];
  });
  return { ...policy, ...(Object.fromEntries(limits) as Record<Limit, number>) };
}
