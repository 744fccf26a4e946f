import { Card, Group, Stack, Text } from '@mantine/core';
import { IconCalendarEvent } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { Schemas } from '../../api/types';
import { FilterChoice, Filters, FilterText } from '../../components/Filters';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { StatusBadge } from '../../components/StatusBadge';
import { NextStep } from '../../components/NextStep';
import { EmptyState } from '../../components/states';
import { ResourceTable } from '../../components/table/ResourceTable';
import { useResourceList } from '../../components/table/useResourceList';
import { RESERVATION_COLUMNS, type ReservationRow } from './reservationColumns';
import { slotText } from '../../components/booking/slotText';
import { RESERVATION_STATES, reservationTone } from './reservationText';
import { DefinitionName } from '../../components/booking/DefinitionName';
import { type Names, useDefinitionNames } from '../../components/booking/useDefinitions';

interface ListUrl {
  status: Schemas['ReservationStatus'] | undefined;
  external_id: string | undefined;
  definition_id: string | undefined;
  sort: '-created_at' | 'created_at';
}

export function ReservationList({ url, change }: { url: ListUrl; change: (part: Partial<ListUrl>) => void }) {
  const { status, external_id, definition_id, sort } = url;
  const names = useDefinitionNames();
  const matches = useMemo(
    () => (row: ReservationRow) =>
      (!status || row.status === status) && (!external_id || row.external_id === external_id) && (!definition_id || row.definition_id === definition_id),
    [status, external_id, definition_id],
  );
  const list = useResourceList<ReservationRow>({ path: '/api/v1/reservations', filters: { status, external_id, definition_id }, sort, kind: 'reservation', matches });
  const columns = useMemo(() => RESERVATION_COLUMNS(names), [names]);
  return (
    <>
      <Filters>
        <FilterText label="External id" value={external_id} onChange={(said) => change({ external_id: said })} />
        <FilterChoice label="State" value={status} choices={RESERVATION_STATES} onChange={(chosen) => change({ status: chosen })} />
        <FilterChoice label="Lab" value={definition_id} choices={[...(names ?? [])].map(([value, label]) => ({ value, label }))} onChange={(chosen) => change({ definition_id: chosen })} />
      </Filters>
      <ResourceTable
        label="Reservations"
        list={list}
        columns={columns}
        card={(row) => <ReservationCard row={row} names={names} />}
        sort={sort}
        onSort={(chosen) => change({ sort: chosen as typeof sort })}
        open={(row) => `/reservations/${row.id}`}
        filtered={Boolean(status || external_id || definition_id)}
        empty={
          <EmptyState icon={IconCalendarEvent} title="No reservation yet" action={<NextStep needs="POST /api/v1/reservations" to="/reservations/book">Book a lab</NextStep>}>
            Bookings of the learning system appear here, and those that are made with Book.
          </EmptyState>
        }
      />
    </>
  );
}

function ReservationCard({ row, names }: { row: ReservationRow; names: Names | undefined }) {
  return (
    <Card withBorder padding="sm" h="100%">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <PageLink to={`/reservations/${row.id}`} fw={600} tabIndex={-1} truncate>
            {row.candidate.username}
          </PageLink>
          <StatusBadge status={row.status} tone={reservationTone[row.status]} />
        </Group>
        <DefinitionName id={row.definition_id} names={names} />
        <Text size="sm" className="lcm-numbers">
          {slotText(row.timeslot)}
        </Text>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="xs" c="dimmed" truncate>
            {row.external_id ?? 'no external id'}
          </Text>
          <Moment at={row.created_at} />
        </Group>
      </Stack>
    </Card>
  );
}
