import { Stack, Tabs } from '@mantine/core';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import { oneOf, useUrlState } from '../../app/urlState';
import { Answered } from '../../components/Answered';
import { later } from '../../components/later';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { PolicyForm } from '../../components/settings/PolicyForm';
import { PolicyChanges } from './PolicyChanges';
import { settingGroups } from './settingGroups';

const ServiceSettings = later(async () => (await import('./ServiceSettings')).ServiceSettings, 400);

const TABS = ['policy', 'changes', 'services'] as const;
const URL_STATE = { tab: oneOf(TABS, 'policy') };
const GROUPS = settingGroups();

/** What can be changed while everything runs, who did, and what services were started with. */
export default function SettingsPage() {
  const [{ tab }, change] = useUrlState(URL_STATE);
  const seesServices = useMay()('GET /api/v1/system/service-settings');
  const settings = useApi('/api/v1/system/settings', {}, { kinds: ['system_settings'] });
  return (
    <Stack gap="md">
      <PageTitle title="Settings" count={settings.data ? `version ${settings.data.version}` : undefined} hint="The policy counts for every decision from the moment it is saved. Each change is kept, with who made it and why." />
      <Tabs value={tab} onChange={(chosen) => change({ tab: chosen as (typeof TABS)[number] }, { push: true })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="policy">Policy</Tabs.Tab>
          <Tabs.Tab value="changes">Changes</Tabs.Tab>
          {seesServices && <Tabs.Tab value="services">Services</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="policy" pt="md">
          <Answered query={settings} height={400}>
            {(current) => (
              <Stack gap="md">
                {GROUPS.map((group) => (
                  <Panel key={group.id} title={group.title}>
                    <PolicyForm current={current} fields={group.fields} />
                  </Panel>
                ))}
              </Stack>
            )}
          </Answered>
        </Tabs.Panel>
        <Tabs.Panel value="changes" pt="md">
          <PolicyChanges />
        </Tabs.Panel>
        {seesServices && (
          <Tabs.Panel value="services" pt="md">
            <ServiceSettings />
          </Tabs.Panel>
        )}
      </Tabs>
    </Stack>
  );
}
