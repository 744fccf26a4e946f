import type { Pool } from './poolWords';

export const POOL_STATES = ['ACTIVE', 'PAUSED', 'DRAINED', 'SUSPENDED'] as const satisfies readonly Pool['pool']['status'][];
export const POOL_ORDERS = ['attention', 'name', '-changed', '-hits'] as const;
export type PoolOrder = (typeof POOL_ORDERS)[number];

export const ORDER_NAMES: Readonly<Record<PoolOrder, string>> = {
  attention: 'Needs care first',
  name: 'By name',
  '-changed': 'Last changed',
  '-hits': 'Most hits',
};

interface Wanted {
  name?: string;
  status?: (typeof POOL_STATES)[number];
  short: boolean;
  sort: PoolOrder;
}

/** How many labs the pool has too few; 0 where none is wanted. */
export const missing = ({ ready, target }: Pick<Pool, 'ready' | 'target'>): number => Math.max(0, target - ready);

/** Those that match, in the order that was chosen; those that are equal in it by name. */
export function chosenPools(pools: readonly Pool[], { name = '', status, short, sort }: Wanted): Pool[] {
  const sought = name.toLowerCase();
  const matches = (each: Pool) => (!status || each.pool.status === status) && (!short || missing(each) > 0) && each.pool.definition_name.toLowerCase().includes(sought);
  const byName = (one: Pool, other: Pool) => one.pool.definition_name.localeCompare(other.pool.definition_name);
  return pools.filter(matches).sort((one, other) => COMPARE[sort](one, other) || byName(one, other));
}

const COMPARE: Record<PoolOrder, (one: Pool, other: Pool) => number> = {
  attention: (one, other) => weight(other) - weight(one) || missing(other) - missing(one),
  name: () => 0,
  '-changed': (one, other) => Date.parse(other.pool.status_changed_at) - Date.parse(one.pool.status_changed_at),
  '-hits': (one, other) => (other.measures.hits ?? 0) - (one.measures.hits ?? 0),
};

/** A pool that stopped itself is worse than one that fails now and then, and that than one that is only short. */
function weight(report: Pool): number {
  if (report.pool.status === 'SUSPENDED') return 3;
  if ((report.failures_counted ?? 0) > 0) return 2;
  return missing(report) > 0 ? 1 : 0;
}
