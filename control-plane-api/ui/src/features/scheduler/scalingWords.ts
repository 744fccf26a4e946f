import type { Schemas } from '../../api/types';

export type ScalingDecision = Schemas['ScalingDecision'];
export type ScalingKind = ScalingDecision['kind'];

export const KINDS: Record<ScalingKind, string> = {
  scale_up: 'One more worker',
  scale_down: 'Scale-down',
  retention: 'Removal after rest',
  drain: 'Drain',
  drain_deadline: 'End of the time to drain',
  cancel_drain: 'Drain cancelled',
  start: 'Start',
  stop: 'Stop',
  terminate: 'Terminate',
  adoption: 'Adoption',
  import: 'Import',
  stray: 'Stray instance',
};

const UNITS: Record<string, string> = { seconds: 's', minutes: 'min', percent: '%', gb: 'GB', usd: 'USD' };

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** "idle_seconds: 900" as "Idle: 900 s"; instants on the clock of the reader, nothing for what is not known. */
export function inputFact(name: string, value: string | number | boolean | null): [name: string, value: string | undefined] {
  const words = name.split('_');
  const unit = UNITS[words.find((word) => word in UNITS) ?? ''] ?? '';
  const said = words.filter((word) => !(word in UNITS)).join(' ');
  const label = said.charAt(0).toUpperCase() + said.slice(1);
  if (value === null || value === '') return [label, undefined];
  if (typeof value === 'boolean') return [label, value ? 'yes' : 'no'];
  if (typeof value === 'number') return [label, `${value.toLocaleString('en', { maximumFractionDigits: 2 })}${unit && ` ${unit}`}`];
  return [label, TIME.test(value) ? new Date(value).toLocaleString() : value];
}

/** How the guards answered: "all 9 guards let it go", "2 of 9 guards keep it". */
export function guardsText({ answers = [] }: Pick<ScalingDecision, 'answers'>): string {
  if (answers.length === 0) return '';
  const keep = answers.filter((each) => !each.passes).length;
  const all = `${answers.length} ${answers.length === 1 ? 'guard' : 'guards'}`;
  if (keep === 0) return answers.length === 1 ? 'the guard agrees' : `all ${all} agree`;
  return `${keep} of ${all} ${keep === 1 ? 'says' : 'say'} no`;
}
