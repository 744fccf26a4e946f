import type { Schemas } from '../../api/types';
import type { Tone } from '../../app/theme';
import { duration } from '../../components/duration';
import { counted } from '../../components/counted';

export type Definition = Schemas['LabletDefinitionReadModel'];
export type DefinitionStatus = Definition['status'];
export type Level = Schemas['ChangeLevel'];

export const definitionTone: Record<DefinitionStatus, Tone> = { PENDING_SYNC: 'moving', ACTIVE: 'good', DEPRECATED: 'resting', ARCHIVED: 'resting' };
export const STATES = Object.keys(definitionTone) as DefinitionStatus[];
export const levelTone: Record<Level, Tone> = { major: 'bad', minor: 'moving', patch: 'waiting' };

/** What a definition waits for or suffers from, in one line; else what it is. */
export function standingText(definition: Definition): string {
  const { proposal, sync, status } = definition;
  if (status === 'ARCHIVED') return definition.deprecated_reason || 'Withdrawn';
  if (status === 'DEPRECATED') return definition.deprecated_reason || 'Takes no new bookings';
  if (proposal) return `Version ${proposal.semantic_version} is proposed (${proposal.level}); an admin decides`;
  if (sync.status === 'failed') return `Its package could not be used: ${sync.error}`;
  if (sync.status === 'sync_requested') return 'Its package is being read';
  const untold = (definition.consumers ?? []).filter((each) => each.status === 'failed');
  if (untold.length > 0) return `${untold.map((each) => each.consumer.toUpperCase()).join(', ')} could not be told of its content`;
  return definition.title === definition.name ? '' : definition.title;
}

export function needsSomebody(definition: Definition): boolean {
  const alive = definition.status === 'ACTIVE' || definition.status === 'PENDING_SYNC';
  return alive && (Boolean(definition.proposal) || definition.sync.status === 'failed' || (definition.consumers ?? []).some((each) => each.status === 'failed'));
}

/** "4 cores, 8 GB memory, 32 GB disk, 3 licensed nodes, 2 ports" */
export function roomText(room: Schemas['ResourceVector']): string {
  return [counted(room.cpu_cores, 'core'), `${room.memory_gb} GB memory`, `${room.storage_gb} GB disk`, counted(room.nodes, 'licensed node'), counted(room.ports, 'port')].join(', ');
}

export function portText({ protocol, inner }: Schemas['PortRequest']): string {
  if (protocol === 'serial') return `serial line ${inner}`;
  return protocol === 'vnc' ? 'display' : `${protocol} port ${inner}`;
}

const POLICIES: Record<Definition['version_policy'], string> = {
  ask: 'an admin confirms every change',
  patch: 'patches become versions by themselves',
  minor: 'patches and minor changes become versions by themselves',
  always: 'every change becomes a version by itself',
};

export const VERSION_POLICIES = (Object.keys(POLICIES) as (keyof typeof POLICIES)[]).map((value) => ({ value, label: POLICIES[value] }));

const LIMITS: readonly [keyof Schemas['WaitingLimits'], string][] = [
  ['placement_seconds', 'placement'],
  ['host_seconds', 'host'],
  ['instantiation_seconds', 'instantiation'],
  ['no_show_seconds', 'no show'],
  ['collection_seconds', 'collection'],
  ['grading_seconds', 'grading'],
  ['review_seconds', 'review'],
  ['teardown_seconds', 'teardown'],
];

function limitsText(limits: Definition['limits']): string {
  const set = LIMITS.flatMap(([name, said]) => (limits?.[name] ? [`${said} ${duration(limits[name])}`] : []));
  return set.join(', ') || 'as the system says';
}

function hostLossText(terms: Definition['host_loss']): string {
  if (!terms) return 'as the system says';
  if (terms.action === 'end') return 'the session ends';
  return `the session waits ${duration(terms.hold_seconds)} for it${terms.give_back_time ? ', lost time is given back' : ''}`;
}

function stepText(step: Definition['extra_steps'][number]): string {
  const where = step.kind === 'push_configuration' ? step.node_label : step.node_labels?.join(', ') || 'all nodes';
  return `${step.name} on ${where}`;
}

/** What was agreed about a version and what its content asks for: name and text, in the order in which people read them. */
export function factsOf(definition: Definition): [string, string][] {
  const { requirements, ami_requirement: ami } = definition;
  return [
    ['Title', definition.title],
    ['Form', definition.form_qualified_name],
    ['Topology', `${counted(definition.node_count, 'node')}, ${counted(definition.link_count, 'link')}`],
    ['Needs', roomText(requirements)],
    ['Licences', definition.license_affinity.map(plain).join(', ')],
    ['Enough alone', (definition.sufficient_licenses ?? []).map(plain).join(', ') || 'none without an expansion'],
    ['Image', [ami.name_pattern, ami.min_version && `from CML ${ami.min_version}`].filter(Boolean).join(', ')],
    ['Virtual machines', definition.nested_virtualization ? 'yes: the host needs hardware virtualisation' : 'none'],
    ['Longest slot', duration(definition.max_duration_minutes * 60)],
    ['Made ready', `${duration(definition.lead_seconds)} before, taken down ${duration(definition.teardown_seconds)} after`],
    ['Graded', definition.grading_enabled ? 'yes' : 'no'],
    ['Host lost', hostLossText(definition.host_loss)],
    ['Waits at most', limitsText(definition.limits)],
    ['Extra steps', (definition.extra_steps ?? []).map(stepText).join('; ') || 'none'],
    ['Bucket', definition.content_bucket || 'none'],
    ['New content', POLICIES[definition.version_policy]],
    ['Whom to tell', definition.owner_contact || 'nobody is named'],
    ['Published', publicationText(definition.publication)],
  ];
}

function publicationText(publication: Definition['publication']): string {
  if (!publication) return 'its content does not say';
  const { form_id, version, publisher, instance_name, date_published } = publication;
  return [form_id && `form ${form_id}`, version && `version ${version}`, publisher && `by ${publisher}`, instance_name && `on ${instance_name}`, date_published].filter(Boolean).join(', ') || 'its content does not say';
}

export interface Difference {
  name: string;
  before: string;
  after: string;
}

/** The facts in which two versions differ. */
export function differingFacts(before: Definition, after: Definition): Difference[] {
  const now = new Map(factsOf(after));
  return factsOf(before).flatMap(([name, said]) => (now.get(name) === said ? [] : [{ name, before: said, after: now.get(name) ?? '' }]));
}

/** Newest first, by number: 1.10.0 comes before 1.9.0. */
export function byVersion(one: Definition, other: Definition): number {
  return other.semantic_version.localeCompare(one.semantic_version, 'en', { numeric: true });
}

/** The version that a version is compared with first: the one before it, else the nearest other one. */
export function comparedWith(definition: Definition, versions: readonly Definition[]): string | undefined {
  const sorted = [...versions].sort(byVersion);
  const at = sorted.findIndex(({ id }) => id === definition.id);
  return (sorted[at + 1] ?? sorted.find(({ id }) => id !== definition.id))?.id;
}

function plain(value: string): string {
  return value.replaceAll('_', ' ').toLowerCase();
}

/** As the API searches: every word stands in the name or the version, in either case. */
export function isFoundBy(search: string | undefined, { name, semantic_version }: Pick<Definition, 'name' | 'semantic_version'>): boolean {
  const texts = [name.toLowerCase(), semantic_version.toLowerCase()];
  return (search ?? '').toLowerCase().split(/\s+/).filter(Boolean).every((word) => texts.some((text) => text.includes(word)));
}
