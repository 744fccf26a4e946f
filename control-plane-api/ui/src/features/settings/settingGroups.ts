import { FLEET_SETTINGS } from '../../api/settings.gen';
import type { SettingField } from '../../components/settings/settingField';

export interface SettingGroup {
  id: string;
  title: string;
  fields: SettingField[];
}

const TITLES: Record<string, string> = {
  '': 'Bookings and limits of the fleet',
  host_loss: 'When a host is lost',
  care: 'How the fleet looks after itself',
  limits: 'How long sessions may wait',
  notifications: 'From when on operators are told',
};

/** The settings of the fleet by what they are about; every one is in one group. */
export function settingGroups(): SettingGroup[] {
  const groups = new Map<string, SettingField[]>();
  for (const field of FLEET_SETTINGS) {
    const id = field.path.includes('.') ? (field.path.split('.')[0] ?? '') : '';
    groups.set(id, [...(groups.get(id) ?? []), field]);
  }
  return [...groups].map(([id, fields]) => ({ id, title: TITLES[id] ?? id.replaceAll('_', ' '), fields }));
}
