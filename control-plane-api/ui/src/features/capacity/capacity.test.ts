import { expect, it } from 'vitest';
import { costPerDay, figuresOf, totalOf } from './capacity';

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
