import { expect, it } from 'vitest';
import { usageOf } from './usage';

const allocation = (start: string, end: string) =>
  ({ session_id: 's', vector: { cpu_cores: 4 }, interval: { start, end }, allocated_at: start }) as never;

it('counts what is held now, late sessions included, later bookings not', () => {
  const worker = {
    declared: { cpu_cores: 48 },
    allocations: [
      allocation('2026-01-05T08:00:00Z', '2026-01-05T10:00:00Z'),
      allocation('2026-01-05T06:00:00Z', '2026-01-05T08:00:00Z'),
      allocation('2026-01-06T08:00:00Z', '2026-01-06T10:00:00Z'),
    ],
  } as never;
  const cpu = usageOf(worker, Date.parse('2026-01-05T09:00:00Z')).find((usage) => usage.name === 'CPU cores');
  expect(cpu).toEqual({ name: 'CPU cores', held: 8, declared: 48 });
});
