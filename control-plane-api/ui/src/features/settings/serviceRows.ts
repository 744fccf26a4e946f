import type { Schemas } from '../../api/types';

export type Report = Schemas['ServiceSettingsReport'];
export type Effective = Schemas['EffectiveSetting'];

export interface SettingFilter {
  /** Part of a name, a value or an explanation. */
  text: string;
  /** Only what is not the default. */
  onlySet: boolean;
}

export function shownSettings(settings: readonly Effective[], { text, onlySet }: SettingFilter): Effective[] {
  const wanted = text.trim().toLowerCase();
  return settings.filter((each) => (!onlySet || !each.is_default) && (wanted === '' || `${each.variable} ${each.value} ${each.description}`.toLowerCase().includes(wanted)));
}

/** Variables in which the instances of one service differ; what differs by nature is left out. */
export function differing(reports: readonly Report[]): string[] {
  const values = new Map<string, Set<string>>();
  for (const { settings } of reports) for (const { variable, value } of settings) values.set(variable, (values.get(variable) ?? new Set()).add(value));
  return [...values].flatMap(([variable, different]) => (different.size > 1 && !/_(INSTANCE_ID|HOST|PORT)$/.test(variable) ? [variable] : []));
}
