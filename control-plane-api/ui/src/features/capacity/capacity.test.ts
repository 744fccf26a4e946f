import { expect, it } from 'vitest';
import { byWorker, costPerDay, figuresAt, figuresOf, totalOf } from './capacity';

const NOW = Date.UTC(2026, 0, 5, 9);
const held = (from: number, to: number, cpu_cores: number) => ({ vector: { cpu_cores }, interval: { start: new Date(Date.UTC(2026, 0, 5, from)).toISOString(), end: new Date(Date.UTC(2026, 0, 5, to)).toISOString() } });
const worker = { declared: { cpu_cores: 48 }, allocations: [held(8, 10, 4), held(12, 14, 8), held(13, 15, 8), held(16, 17, 4)], metrics: { cpu_percent: 25 } } as never;

it('has declared, allocated, measured and the most that is committed side by side', () => {
  expect(figuresOf(worker, 'cpu_cores', NOW)).toEqual({ declared: 48, allocated: 4, measured: 12, committed: 16 });
});

it('says nothing of what nobody measures', () => {
  expect(figuresOf(worker, 'memory_gb', NOW).measured).toBeUndefined();
});

it('sums the fleet', () => {
  const one = figuresOf(worker, 'cpu_cores', NOW);
  expect(totalOf([one, { ...one, measured: undefined }])).toEqual({ declared: 96, allocated: 8, measured: 12, committed: 32 });
});

it('counts the cost of what runs', () => {
  expect([costPerDay({ status: 'RUNNING', cost_per_hour_usd: 2 }), costPerDay({ status: 'STOPPED', cost_per_hour_usd: 2 })]).toEqual([48, 0]);
});

const fleet = [
  { id: 'a', name: 'worker-10', status: 'RUNNING', cost_per_hour_usd: 1 },
  { id: 'b', name: 'worker-9', status: 'STOPPED', cost_per_hour_usd: 9 },
  { id: 'c', name: 'Spare', status: 'RUNNING', cost_per_hour_usd: 2 },
] as never[];
const measured: Record<string, number | undefined> = { a: 5, c: 7 };
const names = (wanted: object) => byWorker(fleet, { status: undefined, name: undefined, sort: 'name', ...wanted }, ({ id }) => ({ declared: 1, allocated: 0, measured: measured[id], committed: 0 })).map(({ worker }) => worker.name);

it('has workers by name, as people count', () => {
  expect(names({})).toEqual(['Spare', 'worker-9', 'worker-10']);
  expect(names({ sort: '-name' })).toEqual(['worker-10', 'worker-9', 'Spare']);
});

it('has those that are not measured last, whichever way they are sorted', () => {
  expect(names({ sort: 'measured' })).toEqual(['worker-10', 'Spare', 'worker-9']);
  expect(names({ sort: '-measured' })).toEqual(['Spare', 'worker-10', 'worker-9']);
  expect(names({ sort: '-cost' })).toEqual(['Spare', 'worker-10', 'worker-9']);
});

it('has those that the filters leave', () => {
  expect(names({ status: 'RUNNING', name: 'WORKER' })).toEqual(['worker-10']);
});

it('reckons a row once', () => {
  const at = figuresAt(NOW);
  expect(at(worker, 'cpu_cores')).toBe(at(worker, 'cpu_cores'));
  expect(at({ ...(worker as object) } as never, 'cpu_cores')).toEqual(figuresOf(worker, 'cpu_cores', NOW));
});
