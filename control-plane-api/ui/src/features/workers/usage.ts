import type { WorkerRow } from '../../api/types';
import { DIMENSIONS } from '../../components/dimensions';

export interface Usage {
  name: string;
  held: number;
  declared: number;
}

/** What sessions hold at *now* (milliseconds); an allocation past its end and not given back still holds. */
export function usageOf(worker: Pick<WorkerRow, 'declared' | 'allocations'>, now: number): Usage[] {
  const holding = (worker.allocations ?? []).filter((allocation) => Date.parse(allocation.interval.start) <= now);
  return DIMENSIONS.map(([key, name]) => ({
    name,
    held: holding.reduce((sum, allocation) => sum + (allocation.vector[key] ?? 0), 0),
    declared: worker.declared[key] ?? 0,
  }));
}
