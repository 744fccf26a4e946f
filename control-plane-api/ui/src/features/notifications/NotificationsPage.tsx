import { Stack, Tabs } from '@mantine/core';
import { oneOf, useUrlState } from '../../app/urlState';
import { later } from '../../components/later';
import { PageTitle } from '../../components/PageTitle';
import { NotificationList } from './NotificationList';

const Thresholds = later(async () => (await import('./Thresholds')).Thresholds, 400);

const TABS = ['open', 'history', 'thresholds'] as const;
const URL_STATE = { tab: oneOf(TABS, 'open') };

/** What needs an operator now, what did before, and from when on they are told. */
export default function NotificationsPage() {
  const [{ tab }, change] = useUrlState(URL_STATE);
  return (
    <Stack gap="md">
      <PageTitle title="Notifications" hint="Each is told once, for as long as it holds, and says what to do." />
      <Tabs value={tab} onChange={(chosen) => change({ tab: chosen as (typeof TABS)[number] }, { push: true })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="open">Now</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
          <Tabs.Tab value="thresholds">Thresholds</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="open" pt="md">
          <NotificationList active />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="md">
          <NotificationList active={false} />
        </Tabs.Panel>
        <Tabs.Panel value="thresholds" pt="md">
          <Thresholds />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
