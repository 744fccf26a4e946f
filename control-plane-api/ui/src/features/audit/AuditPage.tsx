import { Stack, Tabs } from '@mantine/core';
import { oneOf, useUrlState } from '../../app/urlState';
import { later } from '../../components/later';
import { PageTitle } from '../../components/PageTitle';
import { AuditList } from './AuditList';

const Proof = later(async () => (await import('./Proof')).Proof, 240);

const TABS = ['entries', 'proof'] as const;
const URL_STATE = { tab: oneOf(TABS, 'entries') };

/** Who did what, and the proof that nobody changed the record of it. */
export default function AuditPage() {
  const [{ tab }, change] = useUrlState(URL_STATE);
  return (
    <Stack gap="md">
      <PageTitle title="Audit" hint="Every change and every refused attempt: who, when, from where, and what it was before and after." />
      <Tabs value={tab} onChange={(chosen) => change({ tab: chosen as (typeof TABS)[number] }, { push: true })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="entries">Entries</Tabs.Tab>
          <Tabs.Tab value="proof">Anchors and proof</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="entries" pt="md">
          <AuditList />
        </Tabs.Panel>
        <Tabs.Panel value="proof" pt="md">
          <Proof />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
