import { expect, it } from 'vitest';
import { budgetText, minimaText, windowText } from './careText';

it('says budgets, windows and minima in words', () => {
  expect(budgetText({ most_workers: 1, window_seconds: 3600, reasons: ['idle', 'consolidation'] })).toBe('1 worker in 1 h, for idle or consolidation');
  expect(windowText({ kind: 'blackout', days: ['monday'], start: '22:00', minutes: 120, time_zone: 'UTC' })).toBe('never monday from 22:00 for 2 h (UTC)');
  expect(minimaText({ 'eu-west-1': 2, '*': 1 })).toBe('eu-west-1 2, each 1');
});
