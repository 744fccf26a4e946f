import { describe, expect, it } from 'vitest';
import { FLEET_SETTINGS } from '../../api/settings.gen';
import type { SettingField } from './settingField';
import { ApiError } from '../../api/problems';
import { judged, labelOf, parsed, placesWithin, refusedPlaces, toldAt, unitOf, withDrafts } from './settingValues';

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

it('what the API refused is found beside the part that it is about', () => {
  const errors = [{ pointer: '#/policy/care/windows/1/time_zone', message: "there is no time zone 'Moon'", location: 'body' }];
  const refused = new ApiError({ type: 'about:blank', code: 'invalid-input', title: 'Invalid', status: 422, detail: 'No.', instance: '/', errors } as never);
  const places = refusedPlaces(refused);
  expect(placesWithin(places, 'care.windows')).toEqual({ '1.time_zone': "there is no time zone 'Moon'" });
  expect(placesWithin(places, 'care.budgets')).toEqual({});
});

it('rows that cannot be taken are no change, and those that can are told in words', () => {
  const budgets: SettingField = { path: 'care.budgets', type: 'array', help: '', default: [], nullable: false };
  const row = { most_workers: 1, window_seconds: 3600, reasons: [] };
  expect(judged([budgets], { care: { budgets: [] } }, { 'care.budgets': [row, { ...row, most_workers: '' }] }).problems).toEqual({ 'care.budgets': 'Row 2 cannot be taken' });
  expect(judged([budgets], { care: { budgets: [] } }, { 'care.budgets': [row] }).changes).toEqual({ 'care.budgets': [row] });
  expect([toldAt('care.budgets', [row]), toldAt('care.budgets', [])]).toEqual(['1 worker in 1 h', 'none']);
});

it('every setting has an explanation', () => {
  expect(FLEET_SETTINGS.filter((field) => field.help === '').map((field) => field.path)).toEqual([]);
});

it('tells a long time in its larger unit too', () => {
  expect([toldAt('care.retention_seconds', 604_800), toldAt('least_lead_seconds', 60), toldAt('max_workers_per_region', 200)]).toEqual(['604,800 (7 d)', '60', '200']);
});
