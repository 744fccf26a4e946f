import { expect, it } from 'vitest';
import { differing, type Effective, type Report, shownSettings } from './serviceRows';

const setting = (variable: string, value: string, is_default = false): Effective => ({ variable, value, default: '', is_default, is_secret: false, description: '' });
const report = (instance: string, ...settings: Effective[]): Report => ({ service: 'a', instance, version: '1', reported_at: '2030-01-01T00:00:00Z', settings });

it('shows what was set, or what was looked for', () => {
  const settings = [setting('A_PORT', '1'), setting('A_LEVEL', 'INFO', true)];
  expect(shownSettings(settings, { text: '', onlySet: true }).map((each) => each.variable)).toEqual(['A_PORT']);
  expect(shownSettings(settings, { text: 'info', onlySet: false }).map((each) => each.variable)).toEqual(['A_LEVEL']);
});

it('tells in what instances differ that should not', () => {
  const one = report('one', setting('A_PORT', '1'), setting('A_LEVEL', 'INFO'), setting('A_PACE', '5'));
  const two = report('two', setting('A_PORT', '2'), setting('A_LEVEL', 'DEBUG'), setting('A_PACE', '5'));
  expect(differing([one, two])).toEqual(['A_LEVEL']);
  expect(differing([one])).toEqual([]);
});
