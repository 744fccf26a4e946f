import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { IconInbox, IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useAction, useAllowed } from '../../actions/useAction';
import type { Tone } from '../../app/theme';
import { oneOf, text, useUrlState } from '../../app/urlState';
import { Cut } from '../../components/Cut';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { later } from '../../components/later';
import { Moment } from '../../components/Moment';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import type { Column } from '../../components/table/column';
import { ResourceTable, type Selection } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import type { Inbound } from './InboundDrawer';
import { canBeReplayed, replayInbound } from './inboundActions';

const InboundDrawer = later(async () => (await import('./InboundDrawer')).InboundDrawer);

type Status = Inbound['status'];
const STATES: readonly { value: Status | 'all'; label: string }[] = [
  { value: 'dead_lettered', label: 'Needs a person' },
  { value: 'parked', label: 'Waits for its session' },
  { value: 'received', label: 'Just received' },
  { value: 'applied', label: 'Applied' },
  { value: 'unchanged', label: 'Changed nothing' },
  { value: 'ignored', label: 'Not for us' },
  { value: 'all', label: 'All that was received' },
];
const TONES: Record<Status, Tone> = { dead_lettered: 'bad', parked: 'moving', received: 'waiting', applied: 'good', unchanged: 'resting', ignored: 'resting' };
const URL_STATE = {
  status: oneOf(['dead_lettered', 'parked', 'received', 'applied', 'unchanged', 'ignored', 'all'], 'dead_lettered'),
  type: text(),
  session_id: text(),
  letter: text(),
  sort: oneOf(['-received_at', 'received_at'], '-received_at'),
};

export function InboundList() {
  const [{ letter, sort, status, ...filters }, change] = useUrlState(URL_STATE);
  const [chosen, setChosen] = useState<Selection['chosen']>({});
  const asked = { ...filters, status: status === 'all' ? undefined : status };
  const list = useResourceList<Inbound>({ path: '/api/v1/inbound-events', filters: asked, sort, rereadOn: ['lablet_session', 'grading_session', 'user_session'] });
  const ask = useAction();
  const picked = (list.rows ?? []).filter((row) => chosen[row.id] && canBeReplayed(row));
  const [replay] = useAllowed([replayInbound(picked, () => setChosen({}))]);
  return (
    <Stack gap="md">
      <Filters>
        <FilterChoice always label="Fate" value={status} choices={STATES} onChange={(said) => change({ status: said ?? 'dead_lettered' })} />
        <FilterText label="Type (exactly)" value={filters.type} onChange={(type) => change({ type })} />
        <FilterText label="Session id" value={filters.session_id} onChange={(session_id) => change({ session_id })} />
        {replay && picked.length > 0 && (
          <Button leftSection={<IconRefresh size={16} />} onClick={() => ask(replay)}>
            Apply {picked.length} again
          </Button>
        )}
      </Filters>
      <ResourceTable
        label="Received events"
        list={list}
        columns={COLUMNS}
        card={(row) => <InboundCard row={row} />}
        onOpen={(row) => change({ letter: row.id }, { push: true })}
        sort={sort}
        onSort={(said) => change({ sort: said as typeof sort })}
        selection={replay && { chosen, change: setChosen }}
        filtered={status !== 'dead_lettered' || Boolean(filters.type ?? filters.session_id)}
        empty={
          <EmptyState icon={IconInbox} title="No dead letter">
            Every event that was received could be applied, or is still being tried.
          </EmptyState>
        }
      />
      <InboundDrawer id={letter} close={() => change({ letter: undefined })} />
    </Stack>
  );
}

const COLUMNS: Column<Inbound>[] = [
  {
    id: 'type',
    header: 'Event',
    width: 'minmax(14rem, 2fr)',
    cell: (row) => (
      <>
        <Cut>{row.type}</Cut>
        <Cut dimmed>{row.reason || row.source}</Cut>
      </>
    ),
  },
  { id: 'fate', header: 'Fate', width: '12rem', cell: (row) => <Fate status={row.status} /> },
  { id: 'source', header: 'From', from: 900, width: 'minmax(9rem, 1fr)', cell: (row) => <Cut>{row.source}</Cut> },
  { id: 'attempts', header: 'Tries', from: 1000, width: '5rem', align: 'end', cell: (row) => <Text size="sm">{row.attempts ?? 0}</Text> },
  { id: 'received', header: 'Received', width: '8rem', sort: 'received_at', cell: (row) => <Moment at={row.received_at} /> },
];

export function Fate({ status }: { status: Status }) {
  return <StatusBadge status={STATES.find((each) => each.value === status)?.label ?? status} tone={TONES[status]} />;
}

function InboundCard({ row }: { row: Inbound }) {
  return (
    <Card withBorder>
      <Stack gap={4}>
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {row.type}
        </Text>
        <Text size="xs" c="dimmed" lineClamp={3}>
          {row.reason || row.source}
        </Text>
        <Group justify="space-between">
          <Fate status={row.status} />
          <Moment at={row.received_at} />
        </Group>
      </Stack>
    </Card>
  );
}
