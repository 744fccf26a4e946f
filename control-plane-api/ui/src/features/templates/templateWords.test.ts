import { expect, it } from 'vitest';
import { changesBetween, costPerCore, costText, type Template, termText } from './templateWords';

const template = (part: object): Template => ({ cost_per_hour_usd: 5.1, capacity: { cpu_cores: 48 }, ...part }) as Template;

it('tells the cost of an hour, a month and a core', () => {
  expect(costText(template({}))).toBe('$5.10 an hour, $3,723.00 a month if it always runs');
  expect(costPerCore(template({}))).toBe('$0.11');
  expect(costPerCore(template({ capacity: {} }))).toBeUndefined();
});

it('tells terms in words, without what is empty', () => {
  expect(termText('provisioning', { volume: { type: 'gp3', size_gb: null, encrypted: true }, tags: {}, networks: {} })).toBe('volume type gp3, encrypted yes');
  expect(termText('startup_seconds', 900)).toBe('15 min');
  expect(termText('instance_types', [])).toBe('nothing');
});

it('tells what changed between two versions, part by part', () => {
  const before = template({ enabled: true, capacity: { cpu_cores: 48, memory_gb: 192 } });
  const now = template({ enabled: false, capacity: { cpu_cores: 48, memory_gb: 384 } });
  expect(changesBetween(before, now, ['capacity', 'enabled'])).toEqual([
    { term: 'Capacity, memory gb', before: '192', now: '384' },
    { term: 'In use', before: 'yes', now: 'no' },
  ]);
});
