import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { IconRefresh, IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import type { Action } from '../../actions/action';
import { useAction, useAllowed } from '../../actions/useAction';
import { api } from '../../api/client';
import type { Schemas } from '../../api/types';
import { oneOf, text, useUrlState } from '../../app/urlState';
import { Cut } from '../../components/Cut';
import { FilterText, Filters } from '../../components/Filters';
import { later } from '../../components/later';
import { StreamName, SubscriptionName } from '../../components/ThingLink';
import { Moment } from '../../components/Moment';
import { EmptyState } from '../../components/states';
import type { Column } from '../../components/table/column';
import { ResourceTable, type Selection } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { batchesOf, sendEach } from './replaying';

const OutboundDrawer = later(async () => (await import('./OutboundDrawer')).OutboundDrawer);

export type Outbound = Schemas['OutboundDeadLetter'];
const URL_STATE = { subscription_id: text(), sort: oneOf(['-dead_at', 'dead_at'], '-dead_at') };

export function OutboundList() {
  const [{ sort, ...filters }, change] = useUrlState(URL_STATE);
  const [chosen, setChosen] = useState<Selection['chosen']>({});
  const [opened, setOpened] = useState<Outbound | null>(null);
  const list = useResourceList<Outbound>({ path: '/api/v1/outbound-dead-letters', filters, sort, rereadOn: ['subscription'] });
  const ask = useAction();
  const picked = (list.rows ?? []).filter((row) => chosen[row.id]);
  const [replay] = useAllowed([replayOutbound(picked, () => setChosen({}))]);
  const [replayAll] = useAllowed([replayAllOf(filters.subscription_id ?? '')]);
  const some = (list.rows?.length ?? 0) > 0;
  return (
    <Stack gap="md">
      <Filters>
        <FilterText label="Subscription id" value={filters.subscription_id} onChange={(subscription_id) => change({ subscription_id })} />
        {replay && picked.length > 0 && (
          <Button leftSection={<IconRefresh size={16} />} onClick={() => ask(replay)}>
            Send {picked.length} again
          </Button>
        )}
        {replayAll && some && filters.subscription_id && (
          <Button variant="default" onClick={() => ask(replayAll)}>
            Send all of it again
          </Button>
        )}
      </Filters>
      <ResourceTable
        label="Events that were not delivered"
        list={list}
        columns={COLUMNS}
        card={(row) => <OutboundCard row={row} />}
        onOpen={setOpened}
        sort={sort}
        onSort={(said) => change({ sort: said as typeof sort })}
        selection={replay && { chosen, change: setChosen }}
        filtered={Boolean(filters.subscription_id)}
        empty={
          <EmptyState icon={IconSend} title="No dead letter">
            Every event reached its receiver, or is still being tried.
          </EmptyState>
        }
      />
      <OutboundDrawer letter={opened} replay={replayOutbound} close={() => setOpened(null)} />
    </Stack>
  );
}

function replayOutbound(letters: readonly Outbound[], done?: () => void): Action {
  const one = letters.length === 1;
  return {
    operation: 'POST /api/v1/outbound-dead-letters/replay',
    label: one ? 'Send it again' : `Send ${letters.length} again`,
    consequence: `${one ? 'It is' : 'They are'} sent to the receiver once more, with the same id: a receiver that had ${one ? 'it' : 'them'} already must know ${one ? 'it' : 'them'} by that. Nothing is sent while the subscription is paused.`,
    send: async (_, header) => {
      await sendEach(batchesOf(letters), (body, index) =>
        api.POST('/api/v1/outbound-dead-letters/replay', { params: { header: { 'idempotency-key': `${header['idempotency-key']}-${index}` } }, body }),
      );
      done?.();
    },
    done: one ? 'It is on its way.' : 'They are on their way.',
  };
}

function replayAllOf(subscription_id: string): Action {
  return {
    operation: 'POST /api/v1/outbound-dead-letters/replay',
    label: 'Send all again',
    consequence: 'Every dead letter of this subscription is sent to its receiver once more, however many there are.',
    send: (_, header) => api.POST('/api/v1/outbound-dead-letters/replay', { params: { header }, body: { subscription_id, event_ids: [] } }),
    done: 'They are on their way.',
  };
}

const COLUMNS: Column<Outbound>[] = [
  {
    id: 'type',
    header: 'Event',
    width: 'minmax(14rem, 2fr)',
    cell: (row) => (
      <>
        <Cut>{row.type}</Cut>
        <Cut dimmed>{row.reason}</Cut>
      </>
    ),
  },
  { id: 'receiver', header: 'Receiver', from: 720, width: 'minmax(9rem, 1.5fr)', cell: (row) => <SubscriptionName id={row.subscription_id} /> },
  { id: 'about', header: 'About', from: 1100, width: 'minmax(9rem, 1fr)', cell: (row) => <StreamName stream={row.subject} /> },
  { id: 'owner', header: 'Owner', from: 1200, width: '9rem', cell: (row) => <Cut>{row.owner_id}</Cut> },
  { id: 'attempts', header: 'Tries', from: 720, width: '5rem', align: 'end', cell: (row) => <Text size="sm">{row.attempts}</Text> },
  { id: 'dead', header: 'Given up', width: '8rem', sort: 'dead_at', cell: (row) => <Moment at={row.dead_at} /> },
];

function OutboundCard({ row }: { row: Outbound }) {
  return (
    <Card withBorder>
      <Stack gap={4}>
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {row.type}
        </Text>
        <Text size="xs" c="dimmed" lineClamp={3}>
          {row.reason}
        </Text>
        <SubscriptionName id={row.subscription_id} />
        <Group justify="space-between">
          <Text size="sm">{row.attempts === 1 ? 'One try' : `${row.attempts} tries`}</Text>
          <Moment at={row.dead_at} />
        </Group>
      </Stack>
    </Card>
  );
}
