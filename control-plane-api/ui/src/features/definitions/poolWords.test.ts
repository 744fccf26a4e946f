import { expect, it } from 'vitest';
import { hitRate, missesOf, type Pool, policyOf, poolText, worthText } from './poolWords';

const report = (part: Partial<Pool>, pool: Partial<Pool['pool']> = {}) => ({ ready: 1, preparing: 0, target: 2, wanted_version: '1.0.0', pool: { status: 'ACTIVE', status_reason: '', ...pool }, ...part }) as Pool;
const measures = (part: Partial<Pool['measures']>) => ({ since: '2030-01-01T00:00:00Z', hits: 0, misses: 0, saved_seconds: 0, ...part });

it('says how many stand ready of how many are wanted', () => {
  expect(poolText(report({ preparing: 1 }))).toBe('1 of 2 stand ready, 1 is being prepared');
});

it('says why nothing is prepared', () => {
  expect(poolText(report({}, { status: 'SUSPENDED', status_reason: '3 failures in 60 minutes' }))).toBe('Suspended by its failure budget: 3 failures in 60 minutes');
  expect(poolText(report({ wanted_version: null }))).toBe('No version of it can be booked: nothing is prepared');
});

it('tells what it was worth', () => {
  expect(worthText(measures({ hits: 3, misses: 1, saved_seconds: 90 }))).toBe('3 hits, 1 miss (75 %), 1 min 30 s spared');
  expect([hitRate(measures({})), worthText(measures({}))]).toEqual([null, 'No session has begun yet']);
});

it('tells the most frequent reason of a miss first', () => {
  expect(missesOf(measures({ misses_by_reason: { none_ready: 1, other_worker: 4 } }))).toEqual([['other_worker', 4], ['none_ready', 1]]);
});

it('reads a policy from what was typed', () => {
  const texts = { depth: '2', most: '5', look_ahead_minutes: '30', max_age_hours: '24', failure_budget: '4', failure_window_minutes: '10' };
  expect(policyOf(texts, false)).toEqual({ depth: 2, most: 5, look_ahead_minutes: 30, max_age_hours: 24, failure_budget: 4, failure_window_minutes: 10, follow_bookings: false });
});

it('says why a pool rests only where somebody said why', () => {
  expect(poolText(report({}, { status: 'PAUSED', status_reason: 'No class today.' }))).toBe('Paused: No class today. What is there is used up');
  expect(poolText(report({}, { status: 'DRAINED', status_reason: '' }))).toBe('Drained');
});
