import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { IconPlus, IconWebhook } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/access';
import { maybeOneOf, oneOf, text, useUrlState } from '../../app/urlState';
import { Cut } from '../../components/Cut';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { Moment } from '../../components/Moment';
import { later } from '../../components/later';
import { PageLink } from '../../components/PageLink';
import { PageTitle } from '../../components/PageTitle';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import type { Column } from '../../components/table/column';
import { ResourceTable } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { STATES, stateText, stateTone, type Subscription } from './webhookWords';

const SubscriptionForm = later(async () => (await import('./SubscriptionForm')).SubscriptionForm);

const URL_STATE = { status: maybeOneOf(STATES), owner_id: text(), sort: oneOf(['-created_at', 'created_at'], '-created_at') };

/** Who is told of events, and whether they listen. */
export default function WebhooksPage() {
  const [{ sort, ...filters }, change] = useUrlState(URL_STATE);
  const { status, owner_id } = filters;
  const may = useMay();
  const [creating, setCreating] = useState(false);
  const matches = useMemo(() => (row: Subscription) => (!status || row.status === status) && (!owner_id || row.owner_id === owner_id), [status, owner_id]);
  const list = useResourceList<Subscription>({ path: '/api/v1/subscriptions', filters, sort, kind: 'subscription', matches });
  return (
    <Stack gap="md">
      <PageTitle title="Webhooks" count={list.total?.toLocaleString('en')} hint="Programs that are told of events as they happen, each signed with its key.">
        {may('POST /api/v1/subscriptions') && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
            New subscription
          </Button>
        )}
      </PageTitle>
      <Filters>
        <FilterChoice label="State" value={status} choices={STATES} onChange={(chosen) => change({ status: chosen })} />
        <FilterText label="Owner (exactly)" value={owner_id} onChange={(said) => change({ owner_id: said })} />
      </Filters>
      <ResourceTable
        label="Subscriptions"
        list={list}
        columns={COLUMNS}
        card={(row) => <SubscriptionCard row={row} />}
        open={(row) => `/webhooks/${row.id}`}
        sort={sort}
        onSort={(chosen) => change({ sort: chosen as typeof sort })}
        filtered={Boolean(status ?? owner_id)}
        empty={
          <EmptyState icon={IconWebhook} title="Nobody is told of events yet">
            A subscription names an address; from then on events are kept for it and sent there as soon as it agrees.
          </EmptyState>
        }
      />
      {creating && <SubscriptionForm close={() => setCreating(false)} />}
    </Stack>
  );
}

const COLUMNS: Column<Subscription>[] = [
  {
    id: 'what',
    header: 'Receiver',
    width: 'minmax(14rem, 2fr)',
    cell: (row) => (
      <>
        <PageLink to={`/webhooks/${row.id}`} fw={600} tabIndex={-1} truncate>
          {row.description || row.url}
        </PageLink>
        {row.description && <Cut dimmed>{row.url}</Cut>}
      </>
    ),
  },
  { id: 'state', header: 'State', width: '8rem', cell: (row) => <StatusBadge status={row.status} tone={stateTone[row.status]} /> },
  { id: 'now', header: 'Now', from: 900, width: 'minmax(12rem, 2fr)', cell: (row) => <Cut>{stateText(row)}</Cut> },
  { id: 'types', header: 'Events', from: 1000, width: 'minmax(8rem, 1fr)', cell: (row) => <Cut>{row.filter.types?.join(', ') || 'all'}</Cut> },
  { id: 'owner', header: 'Owner', from: 720, width: '8rem', cell: (row) => <Cut>{row.owner_id}</Cut> },
  { id: 'made', header: 'Made', from: 640, width: '8rem', sort: 'created_at', cell: (row) => <Moment at={row.created_at} /> },
];

function SubscriptionCard({ row }: { row: Subscription }) {
  return (
    <Card withBorder>
      <Stack gap={4}>
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" fw={600} truncate>
            {row.description || row.url}
          </Text>
          <StatusBadge status={row.status} tone={stateTone[row.status]} />
        </Group>
        {row.description && <Cut dimmed>{row.url}</Cut>}
        <Text size="sm" lineClamp={2}>
          {stateText(row)}
        </Text>
        <Group justify="space-between">
          <Text size="sm">{row.owner_id}</Text>
          <Moment at={row.created_at} />
        </Group>
      </Stack>
    </Card>
  );
}
