import { expect, it } from 'vitest';
import { FLEET_SETTINGS } from '../../api/settings.gen';
import { settingGroups } from './settingGroups';

it('every setting is in one group, and every group has a title', () => {
  const groups = settingGroups();
  expect(groups.flatMap((group) => group.fields).length).toBe(FLEET_SETTINGS.length);
  expect(groups.map((group) => group.id)).toEqual(['', 'host_loss', 'care', 'limits', 'notifications']);
  expect(groups.every((group) => group.title.includes(' '))).toBe(true);
});
