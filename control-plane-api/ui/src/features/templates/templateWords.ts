import type { Schemas } from '../../api/types';
import { duration } from '../../components/duration';

export type Template = Schemas['WorkerTemplateReadModel'];
export type TemplateBody = Schemas['CreateWorkerTemplate'];
export type Version = Schemas['TemplateVersion'];

const HOURS_A_MONTH = 730;
const dollars = (value: number) => value.toLocaleString('en', { style: 'currency', currency: 'USD' });

/** "5.10 USD" of an hour, and of a month in which it always runs. */
export function costText({ cost_per_hour_usd }: Pick<Template, 'cost_per_hour_usd'>): string {
  return `${dollars(cost_per_hour_usd)} an hour, ${dollars(HOURS_A_MONTH * cost_per_hour_usd)} a month if it always runs`;
}

export const hourText = ({ cost_per_hour_usd }: Pick<Template, 'cost_per_hour_usd'>): string => dollars(cost_per_hour_usd);

/** Dollars of an hour for one CPU core; undefined where it has none. */
export function costPerCore({ cost_per_hour_usd, capacity }: Pick<Template, 'cost_per_hour_usd' | 'capacity'>): string | undefined {
  return capacity.cpu_cores ? dollars(cost_per_hour_usd / capacity.cpu_cores) : undefined;
}

/** "48 cores, 192 GB, 1,000 GB disk". */
export function sizeText({ capacity }: Pick<Template, 'capacity'>): string {
  const amount = (value: number | undefined) => (value ?? 0).toLocaleString('en');
  return `${amount(capacity.cpu_cores)} cores, ${amount(capacity.memory_gb)} GB, ${amount(capacity.storage_gb)} GB disk`;
}

const TERMS: Record<string, string> = {
  ami: 'Image',
  capacity: 'Capacity',
  cost_per_hour_usd: 'Cost per hour',
  description: 'Description',
  drain_timeout_seconds: 'Time to drain',
  enabled: 'In use',
  instance_type: 'Instance type',
  license_type: 'Licence',
  port_range: 'Ports',
  provisioning: 'How it is made',
  region: 'Region',
  startup_seconds: 'Time to start',
};

export const termName = (term: string): string => TERMS[term] ?? term.replaceAll('_', ' ');

/** One term of a template in words; objects are told by their parts, in the order in which they stand. */
export function termText(term: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return term.endsWith('_seconds') ? duration(value) : value.toLocaleString('en');
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.map((each) => termText(term, each)).join(', ');
  if (typeof value === 'object') return partsText(value);
  return String(value);
}

function partsText(value: object): string {
  const parts = Object.entries(value).filter(([, each]) => !isEmpty(each));
  return parts.length === 0 ? 'nothing' : parts.map(([name, each]) => `${name.replaceAll('_', ' ')} ${termText(name, each)}`).join(', ');
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}

export interface Change {
  term: string;
  before: string;
  now: string;
}

/** What two versions say otherwise, part by part where a term has several. */
export function changesBetween(before: Template, now: Template, changed: readonly string[]): Change[] {
  return changed.flatMap((term) => {
    const [was, is]: [unknown, unknown] = [before[term as keyof Template], now[term as keyof Template]];
    if (!isObject(was) || !isObject(is)) return [change(termName(term), term, was, is)];
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return names.filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name])).map((name) => change(`${termName(term)}, ${name.replaceAll('_', ' ')}`, name, was[name], is[name]));
  });
}

const change = (label: string, term: string, was: unknown, is: unknown): Change => ({ term: label, before: termText(term, was), now: termText(term, is) });

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
