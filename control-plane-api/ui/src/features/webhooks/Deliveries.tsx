import { Card, Group, Stack, Text } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { maybeOneOf, oneOf, useUrlState } from '../../app/urlState';
import { Cut } from '../../components/Cut';
import { FilterChoice } from '../../components/Filters';
import { duration } from '../../components/duration';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import type { Column } from '../../components/table/column';
import { ResourceTable } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { type Delivery, OUTCOMES, outcomeTone } from './webhookWords';

const URL_STATE = { outcome: maybeOneOf(OUTCOMES), sort: oneOf(['-at', 'at'], '-at') };

/** Every attempt to deliver: what was answered, how long it took, what went wrong. */
export function Deliveries({ subscriptionId }: { subscriptionId: string }) {
  const [{ outcome, sort }, change] = useUrlState(URL_STATE);
  const list = useResourceList<Delivery>({ path: '/api/v1/subscriptions/{subscription_id}/deliveries', of: { subscription_id: subscriptionId }, filters: { outcome }, sort, rereadOn: ['subscription', 'lablet_session', 'cml_worker', 'reservation'] });
  return (
    <Panel title="Deliveries" aside={<FilterChoice label="Outcome" value={outcome} choices={OUTCOMES} onChange={(chosen) => change({ outcome: chosen })} />}>
      <ResourceTable
        label="Deliveries"
        list={list}
        columns={COLUMNS}
        card={(row) => <DeliveryCard row={row} />}
        sort={sort}
        onSort={(chosen) => change({ sort: chosen as typeof sort })}
        filtered={outcome !== undefined}
        empty={
          <EmptyState icon={IconSend} title="Nothing was sent yet">
            Each attempt appears here with its answer, the question whether the receiver takes events among them.
          </EmptyState>
        }
      />
    </Panel>
  );
}

function answerOf({ status_code, error, duration_ms }: Delivery): string {
  return [status_code ? `HTTP ${status_code}` : 'no answer', duration_ms < 1000 ? `${Math.round(duration_ms)} ms` : duration(duration_ms / 1000), error].filter(Boolean).join(' · ');
}

const COLUMNS: Column<Delivery>[] = [
  { id: 'at', header: 'When', width: '8rem', sort: 'at', cell: (row) => <Moment at={row.at} /> },
  {
    id: 'event',
    header: 'Event',
    width: 'minmax(13rem, 2fr)',
    cell: (row) => (
      <>
        <Cut>{row.type}</Cut>
        <Cut dimmed>{row.event_id}</Cut>
      </>
    ),
  },
  { id: 'outcome', header: 'Outcome', width: '8rem', cell: (row) => <StatusBadge status={row.outcome} tone={outcomeTone[row.outcome]} /> },
  { id: 'try', header: 'Try', from: 720, width: '5rem', align: 'end', cell: (row) => <Text size="sm">{row.replay ? `${row.attempt} again` : row.attempt}</Text> },
  { id: 'answer', header: 'Answer', from: 800, width: 'minmax(11rem, 2fr)', cell: (row) => <Cut>{answerOf(row)}</Cut> },
];

function DeliveryCard({ row }: { row: Delivery }) {
  return (
    <Card withBorder>
      <Stack gap={4}>
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" fw={600} truncate>
            {row.type}
          </Text>
          <StatusBadge status={row.outcome} tone={outcomeTone[row.outcome]} />
        </Group>
        <Text size="xs" c="dimmed" lineClamp={3}>
          Try {row.attempt}: {answerOf(row)}
        </Text>
        <Moment at={row.at} />
      </Stack>
    </Card>
  );
}
