import type { ApiError } from '../../api/problems';
import { type Row, type RowKind, rowKindOf, rowProblems, rowTexts, valueOf } from './careRows';
import { duration } from '../duration';
import type { SettingField } from './settingField';

export type Policy = Record<string, unknown>;

/** What people typed, by path; what is not in it is as it was. */
export type Drafts = Record<string, unknown>;

export type Parsed = { value: unknown; problem?: undefined } | { problem: string };

const UNITS: readonly (readonly [string, string])[] = [
  ['_usd_per_hour', 'USD an hour'],
  ['_seconds', 'seconds'],
  ['_minutes', 'minutes'],
  ['_percent', '%'],
  ['_days', 'days'],
];

/** In what a setting is measured, from its name. */
export function unitOf(path: string): string | undefined {
  return UNITS.find(([ending]) => path.endsWith(ending))?.[1];
}

/** The name of a setting as people say it, without its unit. */
export function labelOf(path: string): string {
  const name = path.split('.').at(-1) ?? path;
  const ending = UNITS.find(([each]) => name.endsWith(each))?.[0] ?? '';
  const words = name.slice(0, name.length - ending.length).replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function valueAt(policy: Policy, path: string): unknown {
  return path.split('.').reduce<unknown>((inside, name) => (inside as Policy | null | undefined)?.[name], policy);
}

function withValue(policy: Policy, path: string, value: unknown): Policy {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...policy, [name]: value };
  return { ...policy, [name]: withValue((policy[name] ?? {}) as Policy, rest.join('.'), value) };
}

/** *policy* with what was typed; everything that was not stays as it is. */
export function withDrafts(policy: Policy, values: Drafts): Policy {
  return Object.entries(values).reduce((changed, [path, value]) => withValue(changed, path, value), policy);
}

/** A value as it is typed: nothing for what is not set, JSON for what has parts. */
export function asText(field: SettingField, value: unknown): string {
  if (value === null || value === undefined) return '';
  return field.type === 'object' || field.type === 'array' ? JSON.stringify(value, null, 2) : String(value);
}

/** What was typed as the value that the API takes, or what is wrong with it. The API looks again. */
export function parsed(field: SettingField, typed: unknown): Parsed {
  const kind = rowKindOf(field.path);
  if (kind && Array.isArray(typed)) return parsedRows(kind, typed as Row[]);
  if (typeof typed !== 'string') return { value: typed };
  const text = typed.trim();
  if (text === '') return field.nullable ? { value: null } : { problem: 'A value is needed' };
  if (field.type === 'object' || field.type === 'array') return parsedJson(field, text);
  if (field.type !== 'integer' && field.type !== 'number') return { value: text };
  return parsedNumber(field, text);
}

function parsedRows(kind: RowKind, rows: readonly Row[]): Parsed {
  const [first] = Object.keys(rowProblems(kind, rows));
  return first === undefined ? { value: valueOf(kind, rows) } : { problem: `Row ${Number(first.split('.')[0]) + 1} cannot be taken` };
}

function parsedJson(field: SettingField, text: string): Parsed {
  try {
    const value: unknown = JSON.parse(text);
    const fits = field.type === 'array' ? Array.isArray(value) : typeof value === 'object' && value !== null && !Array.isArray(value);
    return fits ? { value } : { problem: field.type === 'array' ? 'A list in [ ] is needed' : 'Names and values in { } are needed' };
  } catch {
    return { problem: 'This is not JSON' };
  }
}

function parsedNumber({ type, least, most }: SettingField, text: string): Parsed {
  const value = Number(text);
  if (Number.isNaN(value)) return { problem: 'A number is needed' };
  if (type === 'integer' && !Number.isInteger(value)) return { problem: 'A whole number is needed' };
  if (least !== undefined && value < least) return { problem: `${least} at the least` };
  if (most !== undefined && value > most) return { problem: `${most.toLocaleString('en')} at the most` };
  return { value };
}

/** The drafts that differ from what holds now, as values, and what is wrong by path. */
export function judged(fields: readonly SettingField[], policy: Policy, drafts: Drafts): { changes: Drafts; problems: Record<string, string> } {
  const changes: Drafts = {};
  const problems: Record<string, string> = {};
  for (const field of fields) {
    if (!(field.path in drafts)) continue;
    const found = parsed(field, drafts[field.path]);
    if (found.problem !== undefined) problems[field.path] = found.problem;
    else if (!same(found.value, valueAt(policy, field.path))) changes[field.path] = found.value;
  }
  return { changes, problems };
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

/** The value of the setting at *path* in a sentence: its rows in words, where it has some, and a long time in its larger unit too. */
export function toldAt(path: string, value: unknown): string {
  const kind = rowKindOf(path);
  if (typeof value === 'number' && path.endsWith('_seconds') && value >= 120) return `${told(value)} (${duration(value)})`;
  if (!kind || typeof value !== 'object' || value === null) return told(value);
  return rowTexts(kind, value).join('; ') || 'none';
}

/** What the API refused of a policy, by path with dots: "care.windows.1.time_zone". */
export function refusedPlaces({ problem }: ApiError): Record<string, string> {
  return Object.fromEntries((problem.errors ?? []).map(({ pointer, message }) => [pointer.replace(/^#\/policy\//, '').replaceAll('/', '.'), message]));
}

/** Those of *places* that are within the setting at *path*, by the rest of their path. */
export function placesWithin(places: Readonly<Record<string, string>>, path: string): Record<string, string> {
  return Object.fromEntries(Object.entries(places).filter(([place]) => place.startsWith(`${path}.`)).map(([place, message]) => [place.slice(path.length + 1), message]));
}

/** A value in a sentence. */
export function told(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (Array.isArray(value) && value.length === 0) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : typeof value === 'boolean' ? (value ? 'yes' : 'no') : typeof value === 'number' ? value.toLocaleString('en') : String(value);
}
