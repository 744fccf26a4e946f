import { Stack, Tabs } from '@mantine/core';
import { useMay } from '../../api/access';
import { oneOf, useUrlState } from '../../app/urlState';
import { PageTitle } from '../../components/PageTitle';
import { InboundList } from './InboundList';
import { OutboundList } from './OutboundList';

const TABS = ['inbound', 'outbound'] as const;
const URL_STATE = { tab: oneOf(TABS, 'inbound') };

/** Events that came and could not be applied, and events that no receiver took: read, put right, sent again. */
export default function DeadLettersPage() {
  const [url, change] = useUrlState(URL_STATE);
  const may = useMay();
  const inbound = may('GET /api/v1/inbound-events');
  const tab = inbound ? url.tab : 'outbound';
  return (
    <Stack gap="md">
      <PageTitle title="Dead letters" hint="Nothing here is lost: each is kept with what went wrong, until somebody sends it again." />
      <Tabs value={tab} onChange={(chosen) => change({ tab: chosen as (typeof TABS)[number] }, { push: true })} keepMounted={false}>
        <Tabs.List>
          {inbound && <Tabs.Tab value="inbound">Received</Tabs.Tab>}
          <Tabs.Tab value="outbound">Not delivered</Tabs.Tab>
        </Tabs.List>
        {inbound && (
          <Tabs.Panel value="inbound" pt="md">
            <InboundList />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="outbound" pt="md">
          <OutboundList />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
