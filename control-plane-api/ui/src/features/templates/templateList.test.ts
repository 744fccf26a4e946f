import { expect, it } from 'vitest';
import { chosenTemplates, regionsOf, workersOf } from './templateList';
import type { Template } from './templateWords';

const template = (name: string, cost_per_hour_usd: number, part: Partial<Template> = {}) => ({ name, cost_per_hour_usd, region: 'eu-west-1', enabled: true, ...part }) as Template;
const all = [template('large', 9), template('small', 1), template('old', 0.5, { enabled: false }), template('far', 2, { region: 'us-east-1' })];
const names = (wanted: Parameters<typeof chosenTemplates>[1]) => chosenTemplates(all, wanted).map((each) => each.name);

it('has the cheapest first, and retired ones only when they are asked for, last', () => {
  expect(names({ retired: false })).toEqual(['small', 'far', 'large']);
  expect(names({ retired: true })).toEqual(['small', 'far', 'large', 'old']);
});

it('filters by region and by a part of the name', () => {
  expect(names({ retired: true, region: 'eu-west-1', name: 'L' })).toEqual(['small', 'large', 'old']);
  expect(regionsOf(all)).toEqual(['eu-west-1', 'us-east-1']);
});

it('counts the workers that there still are', () => {
  const worker = (template_name: string, status: 'RUNNING' | 'TERMINATED') => ({ template_name, status });
  expect(workersOf({ name: 'small' }, [worker('small', 'RUNNING'), worker('small', 'TERMINATED'), worker('large', 'RUNNING')])).toBe(1);
});
