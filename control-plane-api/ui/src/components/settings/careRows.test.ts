import { describe, expect, it } from 'vitest';
import { FLEET_SETTINGS } from '../../api/settings.gen';
import { endOf, freshRow, type Row, type RowKind, rowKindOf, rowProblems, rowsOf, rowTexts, valueOf, type WindowRow } from './careRows';

const window = (more: Partial<WindowRow> = {}): WindowRow => ({ ...(freshRow('windows', 'UTC') as WindowRow), ...more });
const KINDS: RowKind[] = ['budgets', 'windows', 'minima'];

describe('rows of a setting', () => {
  it('are offered for each setting of the fleet that has parts', () => {
    const withParts = FLEET_SETTINGS.filter((field) => field.type === 'object' || (field.type === 'array' && !('choices' in field)));
    expect(withParts.filter((field) => !rowKindOf(field.path)).map((field) => field.path)).toEqual([]);
  });

  it('are what the API told, and become that again', () => {
    const minima = { 'eu-west-1': 2, '*': 1 };
    expect(valueOf('minima', rowsOf('minima', minima))).toEqual(minima);
    expect(valueOf('windows', rowsOf('windows', [window()]))).toEqual([window()]);
  });

  it.each(KINDS)('of %s begin as something that can be taken, but for its name', (kind) => {
    const problems = rowProblems(kind, [freshRow(kind, 'UTC')]);
    expect(Object.keys(problems)).toEqual(kind === 'minima' ? ['0.name'] : []);
  });

  it.each<[string, RowKind, Row, string]>([
    ['an empty number', 'budgets', { most_workers: '', window_seconds: 60, reasons: [] }, '1.most_workers'],
    ['more than 30 days', 'budgets', { most_workers: 1, window_seconds: 2_592_001, reasons: [] }, '1.window_seconds'],
    ['no day', 'windows', window({ days: [] }), '1.days'],
    ['no time', 'windows', window({ start: '24:00' }), '1.start'],
    ['no length', 'windows', window({ minutes: 0 }), '1.minutes'],
    ['no time zone', 'windows', window({ time_zone: ' ' }), '1.time_zone'],
  ])('say where %s is', (_, kind, row, place) => {
    expect(Object.keys(rowProblems(kind, [freshRow(kind, 'UTC'), row]))).toEqual([place]);
  });

  it('say that a name is there twice', () => {
    expect(rowProblems('minima', [{ name: 'a', count: 1 }, { name: 'a ', count: 2 }])).toEqual({ '0.name': 'It is named twice', '1.name': 'It is named twice' });
  });

  it('are told in words', () => {
    expect(rowTexts('windows', [window()])).toEqual(['only saturday, sunday from 22:00 for 8 h (UTC)']);
    expect(rowTexts('budgets', [])).toEqual([]);
  });
});

it('a window ends on the clock of its start, on whatever day', () => {
  expect(endOf({ start: '09:00', minutes: 90 })).toBe('10:30');
  expect(endOf({ start: '22:00', minutes: 480 })).toBe('06:00 of the next day');
  expect(endOf({ start: '22:00', minutes: 2880 })).toBe('22:00, 2 days later');
  expect(endOf({ start: '22:00', minutes: '' })).toBeUndefined();
});
