import type { Schemas } from '../../api/types';
import { budgetText, minimaText, windowText } from './careText';

/** A number that is being typed: nothing while its place is empty. */
type Typed = number | '';

export interface BudgetRow {
  most_workers: Typed;
  window_seconds: Typed;
  reasons: Schemas['DisruptionReason'][];
}

export interface WindowRow {
  kind: Schemas['WindowKind'];
  days: Schemas['Weekday'][];
  start: string;
  minutes: Typed;
  time_zone: string;
}

export interface MinimumRow {
  name: string;
  count: Typed;
}

export type RowKind = 'budgets' | 'windows' | 'minima';
export type Row = BudgetRow | WindowRow | MinimumRow;

export const REASONS: readonly Schemas['DisruptionReason'][] = ['idle', 'consolidation', 'retention', 'maintenance', 'spot', 'operator'];
export const DAYS: readonly Schemas['Weekday'][] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

const KINDS: Record<string, RowKind> = {
  'care.budgets': 'budgets',
  'care.windows': 'windows',
  'care.min_workers_by_region': 'minima',
  'care.min_workers_by_template': 'minima',
};
const MOST_WORKERS = 10_000;
const MOST_SECONDS = 30 * 86_400;
const MOST_MINUTES = 7 * 1440;
const START = /^([01]\d|2[0-3]):[0-5]\d$/;

/** What the rows of the setting at *path* are; undefined for one that has none. */
export function rowKindOf(path: string): RowKind | undefined {
  return KINDS[path];
}

/** The rows of what the API tells. */
export function rowsOf(kind: RowKind, value: unknown): Row[] {
  if (kind === 'minima') return Object.entries((value ?? {}) as Record<string, number>).map(([name, count]) => ({ name, count }));
  return ((value ?? []) as Row[]).map((row) => ({ ...row }));
}

/** What the API takes for *rows* in which nothing is wrong. */
export function valueOf(kind: RowKind, rows: readonly Row[]): unknown {
  if (kind !== 'minima') return rows;
  return Object.fromEntries((rows as readonly MinimumRow[]).map(({ name, count }) => [name.trim(), count]));
}

/** One more row, as people mostly want it. */
export function freshRow(kind: RowKind, timeZone: string): Row {
  if (kind === 'budgets') return { most_workers: 1, window_seconds: 3600, reasons: [] };
  if (kind === 'windows') return { kind: 'allowed', days: ['saturday', 'sunday'], start: '22:00', minutes: 480, time_zone: timeZone };
  return { name: '', count: 1 };
}

function between(value: Typed, least: number, most: number): string | undefined {
  if (value === '') return 'A number is needed';
  if (!Number.isInteger(value)) return 'A whole number is needed';
  if (value < least) return `${least} at the least`;
  return value > most ? `${most.toLocaleString('en')} at the most` : undefined;
}

function ofBudget(row: BudgetRow): Record<string, string | undefined> {
  const longest = row.window_seconds !== '' && row.window_seconds > MOST_SECONDS ? '30 days at the most' : between(row.window_seconds, 1, MOST_SECONDS);
  return { most_workers: between(row.most_workers, 0, MOST_WORKERS), window_seconds: longest };
}

function ofWindow(row: WindowRow): Record<string, string | undefined> {
  const longest = row.minutes !== '' && row.minutes > MOST_MINUTES ? '7 days at the most' : between(row.minutes, 1, MOST_MINUTES);
  return {
    days: row.days.length === 0 ? 'At least one day' : undefined,
    start: START.test(row.start) ? undefined : 'A time such as 22:00',
    minutes: longest,
    time_zone: row.time_zone.trim() === '' ? 'A time zone is needed' : undefined,
  };
}

function ofMinimum(row: MinimumRow, rows: readonly MinimumRow[]): Record<string, string | undefined> {
  const name = row.name.trim();
  const twice = rows.filter((each) => each.name.trim() === name).length > 1;
  return { name: name === '' ? 'A name is needed; * is each other one' : twice ? 'It is named twice' : undefined, count: between(row.count, 0, MOST_WORKERS) };
}

/** What is wrong, by place: "1.start" is the start of the second row. The API looks again. */
export function rowProblems(kind: RowKind, rows: readonly Row[]): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const [index, row] of rows.entries()) {
    const found = kind === 'budgets' ? ofBudget(row as BudgetRow) : kind === 'windows' ? ofWindow(row as WindowRow) : ofMinimum(row as MinimumRow, rows as readonly MinimumRow[]);
    for (const [name, problem] of Object.entries(found)) if (problem) problems[`${index}.${name}`] = problem;
  }
  return problems;
}

/** Each row in words, for whoever reads it or is about to save it. */
export function rowTexts(kind: RowKind, value: unknown): string[] {
  if (kind === 'minima') return Object.entries((value ?? {}) as Record<string, number>).map(([name, count]) => minimaText({ [name]: count }));
  if (kind === 'budgets') return ((value ?? []) as Parameters<typeof budgetText>[0][]).map(budgetText);
  return ((value ?? []) as Parameters<typeof windowText>[0][]).map(windowText);
}

/** When a window ends, on the clock on which it begins: "06:00 of the next day". */
export function endOf({ start, minutes }: Pick<WindowRow, 'start' | 'minutes'>): string | undefined {
  if (!START.test(start) || minutes === '') return undefined;
  const [hour = 0, minute = 0] = start.split(':').map(Number);
  const end = hour * 60 + minute + minutes;
  const days = Math.floor(end / 1440);
  const two = (part: number) => String(part).padStart(2, '0');
  const clock = `${two(Math.floor((end % 1440) / 60))}:${two(end % 60)}`;
  return days === 0 ? clock : days === 1 ? `${clock} of the next day` : `${clock}, ${days} days later`;
}
