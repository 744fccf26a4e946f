import { Text } from '@mantine/core';
import type { Schemas } from '../../api/types';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { StatusBadge } from '../../components/StatusBadge';
import type { Column } from '../../components/table/column';
import { DefinitionName } from '../../components/booking/DefinitionName';
import type { Names } from '../../components/booking/useDefinitions';
import { slotText } from '../../components/booking/slotText';
import { reservationTone } from './reservationText';

export type ReservationRow = Schemas['ReservationReadModel'];

export const RESERVATION_COLUMNS = (names: Names | undefined): Column<ReservationRow>[] => [
  {
    id: 'learner',
    header: 'Learner',
    width: 'minmax(10rem, 1.5fr)',
    cell: (row) => (
      <>
        <PageLink to={`/reservations/${row.id}`} fw={600} tabIndex={-1} truncate>
          {row.candidate.username}
        </PageLink>
        <Text size="xs" c="dimmed" truncate title={row.external_id ?? undefined}>
          {row.external_id ?? 'no external id'}
        </Text>
      </>
    ),
  },
  { id: 'state', header: 'State', width: '8.5rem', cell: (row) => <StatusBadge status={row.status} tone={reservationTone[row.status]} /> },
  { id: 'lab', header: 'Lab', width: 'minmax(9rem, 1.5fr)', cell: (row) => <DefinitionName id={row.definition_id} names={names} /> },
  { id: 'slot', header: 'Slot', from: 760, width: 'minmax(13rem, 1.5fr)', cell: (row) => <Text size="sm" truncate className="lcm-numbers" title={row.time_zone ?? undefined}>{slotText(row.timeslot)}</Text> },
  { id: 'class', header: 'Class', from: 1100, width: '5rem', cell: (row) => <Text size="sm">{row.batch_id ? 'Class' : '–'}</Text> },
  { id: 'booked', header: 'Booked', from: 900, width: '8rem', sort: 'created_at', cell: (row) => <Moment at={row.created_at} /> },
];
