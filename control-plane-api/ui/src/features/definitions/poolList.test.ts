import { describe, expect, it } from 'vitest';
import { chosenPools } from './poolList';
import { NEW_POLICY, type Pool } from './poolWords';

function pool(definition_name: string, fields: Partial<Pool['pool']> = {}, report: Partial<Pool> = {}): Pool {
  const kept = { id: definition_name, definition_name, policy: NEW_POLICY, status: 'ACTIVE', status_changed_at: '2026-01-05T09:00:00Z', ...fields };
  return { pool: kept, ready: 1, target: 1, preparing: 0, claimed: 0, removing: 0, failures_counted: 0, measures: { hits: 0, misses: 0 }, labs: [], ...report } as Pool;
}
const ALL = { short: false, sort: 'name' } as const;
const names = (pools: readonly Pool[]) => pools.map((each) => each.pool.definition_name);

describe('the warm pools that are shown', () => {
  it('match the name wherever it stands, in any case', () => {
    expect(names(chosenPools([pool('BGP and OSPF'), pool('DHCP')], { ...ALL, name: 'ospf' }))).toEqual(['BGP and OSPF']);
  });

  it('are those of one state', () => {
    expect(names(chosenPools([pool('a'), pool('b', { status: 'PAUSED' })], { ...ALL, status: 'PAUSED' }))).toEqual(['b']);
  });

  it('are those that have too few labs; a pool that wants none is not short', () => {
    const pools = [pool('full'), pool('short', {}, { ready: 1, target: 4 }), pool('drained', { status: 'DRAINED' }, { ready: 0, target: 0 })];
    expect(names(chosenPools(pools, { ...ALL, short: true }))).toEqual(['short']);
  });

  it('begin with what stopped itself, then what fails, then what is short by most', () => {
    const pools = [pool('well'), pool('short by 1', {}, { target: 2 }), pool('fails', {}, { failures_counted: 1 }), pool('stopped', { status: 'SUSPENDED' }), pool('short by 3', {}, { target: 4 })];
    expect(names(chosenPools(pools, { ...ALL, sort: 'attention' }))).toEqual(['stopped', 'fails', 'short by 3', 'short by 1', 'well']);
  });

  it('stand by name, by their last change, or by their hits', () => {
    const pools = [pool('b', { status_changed_at: '2026-01-07T09:00:00Z' }), pool('a', {}, { measures: { hits: 3 } as Pool['measures'] })];
    expect(names(chosenPools(pools, ALL))).toEqual(['a', 'b']);
    expect(names(chosenPools(pools, { ...ALL, sort: '-changed' }))).toEqual(['b', 'a']);
    expect(names(chosenPools(pools, { ...ALL, sort: '-hits' }))).toEqual(['a', 'b']);
  });
});
