import { EVENT_NAMES } from '../../api/catalogue.gen';
import type { Schemas } from '../../api/types';
import { kindText, shortId } from '../../components/thingWords';
import { happeningText } from '../../live/happeningText';

export type Entry = Schemas['AuditEntry'];

/** Kinds of things that are changed, from the events that there are. */
export const KINDS: readonly string[] = [...new Set(EVENT_NAMES.map((name) => name.split('.')[0] ?? ''))].sort();

/** What was done, or what was tried, in one line. */
export function entryText(entry: Pick<Entry, 'outcome' | 'events' | 'route' | 'code'>): string {
  if (entry.outcome === 'refused') return `${entry.route ?? 'A request'}: ${(entry.code ?? 'refused').replaceAll('-', ' ')}`;
  const told = (entry.events ?? []).map(happeningText);
  return told.join('; ') || 'Nothing was changed';
}

const PLACES: Readonly<Record<string, string>> = {
  lablet_session: '/sessions',
  cml_worker: '/workers',
  subscription: '/webhooks',
  lablet_definition: '/definitions',
  reservation: '/reservations',
  worker_template: '/templates',
  warm_pool: '/warm-pools',
};

/** What was changed: its name where it has one, else the beginning of its id. */
export function thingText({ resource_name, resource_id, resource_type, events }: Partial<Entry>): string {
  return resource_name || subjectOf(events) || (resource_id ? shortId(resource_id) : '') || kindText(resource_type) || '–';
}

/** What a notification is about: it has no other name. */
function subjectOf(events: Entry['events']): string | undefined {
  const subject = events?.map((each) => each.data.subject).find((each) => typeof each === 'object' && each !== null);
  const name = subject && 'name' in subject ? subject.name : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** Why it was done, else what a notification said. */
export function whyText({ reason, events }: Partial<Entry>): string | undefined {
  const text = events?.map((each) => each.data.text).find((each) => typeof each === 'string');
  return reason || (text as string | undefined);
}

export const KIND_CHOICES = KINDS.map((value) => ({ value, label: kindText(value) }));

/** Page of the thing that was changed, where there is one. */
export function placeOfResource({ resource_type, resource_id }: Pick<Entry, 'resource_type' | 'resource_id'>): string | undefined {
  const place = PLACES[resource_type ?? ''];
  return place && resource_id ? `${place}/${resource_id}` : undefined;
}

/** A value of a state, short enough for a table. */
export function valueText(value: unknown): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1);
}

export interface AuditFilters {
  actor?: string;
  resource_type?: string;
  resource_id?: string;
  event_type?: string;
  correlation_id?: string;
  outcome?: string;
  from?: string;
  to?: string;
}

/** What the API is asked for: it takes the id of a thing only together with its kind. */
export function askedFor(filters: AuditFilters): Record<string, string | undefined> {
  return { ...filters, resource_id: filters.resource_type ? filters.resource_id : undefined };
}

/** Address of the export of what these filters let through. */
export function exportUrl(filters: AuditFilters, format: 'csv' | 'ndjson'): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(askedFor(filters))) if (value) query.set(name, value);
  return `/api/v1/audit/export?${query}`;
}
