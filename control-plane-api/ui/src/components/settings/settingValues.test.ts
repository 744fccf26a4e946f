import { describe, expect, it } from 'vitest';
import { FLEET_SETTINGS } from '../../api/settings.gen';
import type { SettingField } from './settingField';
import { judged, labelOf, parsed, unitOf, withDrafts } from './settingValues';

const whole: SettingField = { path: 'care.orphan_grace_seconds', type: 'integer', help: '', default: 60, nullable: false, least: 0, most: 1000 };
const list: SettingField = { path: 'care.windows', type: 'array', help: '', default: [], nullable: false };

describe('a setting', () => {
  it('is named and measured by its path', () => {
    expect([labelOf(whole.path), unitOf(whole.path)]).toEqual(['Orphan grace', 'seconds']);
    expect([labelOf('notifications.fleet_budget_usd_per_hour'), unitOf('notifications.fleet_budget_usd_per_hour')]).toEqual(['Fleet budget', 'USD an hour']);
    expect(unitOf('max_workers_per_region')).toBeUndefined();
  });

  it('is told what is wrong with what was typed', () => {
    expect(parsed(whole, '')).toEqual({ problem: 'A value is needed' });
    expect(parsed(whole, '1.5')).toEqual({ problem: 'A whole number is needed' });
    expect(parsed(whole, '1001')).toEqual({ problem: '1,000 at the most' });
    expect(parsed(list, '{}')).toEqual({ problem: 'A list in [ ] is needed' });
    expect(parsed(list, '[')).toEqual({ problem: 'This is not JSON' });
  });

  it('takes nothing for nothing where it need not be set', () => {
    expect(parsed({ ...whole, nullable: true }, ' ')).toEqual({ value: null });
  });

  it('is a change only where it differs', () => {
    const policy = { care: { orphan_grace_seconds: 60, windows: [] } };
    expect(judged([whole, list], policy, { [whole.path]: '60', [list.path]: '[ ]' })).toEqual({ changes: {}, problems: {} });
    expect(judged([whole, list], policy, { [whole.path]: '61' })).toEqual({ changes: { [whole.path]: 61 }, problems: {} });
  });

  it('leaves the rest of the policy as it is', () => {
    expect(withDrafts({ a: 1, care: { b: 2, c: 3 } }, { 'care.b': 4 })).toEqual({ a: 1, care: { b: 4, c: 3 } });
  });
});

it('every setting has an explanation', () => {
  expect(FLEET_SETTINGS.filter((field) => field.help === '').map((field) => field.path)).toEqual([]);
});
