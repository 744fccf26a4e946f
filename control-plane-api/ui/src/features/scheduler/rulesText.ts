import type { Schemas } from '../../api/types';
import { duration } from '../../components/duration';

type Rule = Schemas['RuleTold'];

/** Value of a setting as people say it: a time by its unit, yes or no, "not set". */
export function ruleValue(name: string, value: Rule['value']): string {
  if (value === null || value === undefined) return 'not set';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (name.endsWith('_seconds')) return value === 0 ? '0 s' : duration(value);
  return value.toLocaleString('en');
}

/** "warm_look_ahead_seconds" as "Warm look ahead". */
export function ruleName(name: string): string {
  const words = name.replace(/_seconds$/, '').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Those that somebody changed first, otherwise in their order. */
export function changedFirst(rules: readonly Rule[]): Rule[] {
  return [...rules].sort((one, other) => Number(isChanged(other)) - Number(isChanged(one)));
}

export function isChanged({ value, default: usual }: Rule): boolean {
  return value !== usual;
}
