import { expect, it } from 'vitest';
import { changedFirst, ruleName, ruleValue } from './rulesText';

const rule = (name: string, value: number, usual: number) => ({ name, value, default: usual, variable: name.toUpperCase(), description: '' });

it('says a setting as people do', () => {
  expect([ruleValue('warm_check_seconds', 90), ruleValue('host_seconds', null), ruleValue('enabled', true), ruleValue('attempts', 3)]).toEqual(['1 min 30 s', 'not set', 'yes', '3']);
  expect(ruleName('warm_look_ahead_seconds')).toBe('Warm look ahead');
});

it('puts first what somebody changed', () => {
  expect(changedFirst([rule('a', 1, 1), rule('b', 2, 1), rule('c', 1, 1)]).map(({ name }) => name)).toEqual(['b', 'a', 'c']);
});
