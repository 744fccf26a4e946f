import type { WorkerRow } from '../../api/types';
import type { Template } from './templateWords';

/** Those that match, the cheapest first, retired ones last. */
export function chosenTemplates(templates: readonly Template[], wanted: { region?: string; name?: string; retired: boolean }): Template[] {
  const name = wanted.name?.toLowerCase() ?? '';
  return templates
    .filter((each) => (wanted.retired || each.enabled) && (!wanted.region || each.region === wanted.region) && each.name.toLowerCase().includes(name))
    .sort((one, other) => Number(other.enabled) - Number(one.enabled) || one.cost_per_hour_usd - other.cost_per_hour_usd || one.name.localeCompare(other.name));
}

export function regionsOf(templates: readonly Template[]): string[] {
  return [...new Set(templates.map((each) => each.region))].sort();
}

/** How many workers there are that were made from it; those that have ended do not count. */
export function workersOf({ name }: Pick<Template, 'name'>, workers: Iterable<Pick<WorkerRow, 'template_name' | 'status'>>): number {
  return [...workers].filter((worker) => worker.template_name === name && worker.status !== 'TERMINATED').length;
}
