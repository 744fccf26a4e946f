import { expect, it } from 'vitest';
import { type FleetPolicy, LIMITS, limitText, withLimits } from './fleetPolicy';

const policy = { ...Object.fromEntries(LIMITS.map(([name]) => [name, 5])), care: { retention_seconds: 9 } } as unknown as FleetPolicy;

it('changes what was typed, and leaves the rest of the policy as it is', () => {
  expect(withLimits(policy, { max_workers_per_region: ' 30 ', moves_to_make_room: '0', booking_horizon_days: '' })).toEqual({ ...policy, max_workers_per_region: 30, moves_to_make_room: 0 });
});

it('tells a long time in its larger unit too', () => {
  expect([limitText('drain_look_ahead_seconds', 3600), limitText('least_lead_seconds', 60), limitText('booking_horizon_days', 365)]).toEqual(['3,600 (1 h)', '60', '365']);
});
