import { expect, it } from 'vitest';
import { type FleetPolicy, LIMITS, withLimits } from './fleetPolicy';

const policy = { ...Object.fromEntries(LIMITS.map(([name]) => [name, 5])), care: { retention_seconds: 9 } } as unknown as FleetPolicy;

it('changes what was typed, and leaves the rest of the policy as it is', () => {
  expect(withLimits(policy, { max_workers_per_region: ' 30 ', moves_to_make_room: '0', booking_horizon_days: '' })).toEqual({ ...policy, max_workers_per_region: 30, moves_to_make_room: 0 });
});

