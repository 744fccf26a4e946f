import { Button, Code, Group, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { IconCalendarTime } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useMay } from '../../api/access';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { ActionMenu } from '../../actions/ActionMenu';
import { Answered } from '../../components/Answered';
import { AnsweredPage } from '../../components/AnsweredPage';
import { PageLink } from '../../components/PageLink';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { sessionTone } from '../../app/theme';
import { useLiveRow, useNewest } from '../../live/useLive';
import { type Move, RescheduleDialog } from './RescheduleDialog';
import { cancelAction, extendAction, whyNotMoved } from './reservationActions';
import { slotText, zonedSlotText } from '../../components/booking/slotText';
import { minutesOf, reservationTone } from './reservationText';
import { instantText } from '../../components/instantText';
import { counted } from '../../components/counted';

type Answer = Schemas['ReservationAnswer'];

export default function ReservationPage() {
  const { reservationId = '' } = useParams({ strict: false }) as { reservationId?: string };
  const found = useApi('/api/v1/reservations/{reservation_id}', { params: { path: { reservation_id: reservationId } } }, { kinds: ['reservation', 'lablet_session'] });
  return (
    <AnsweredPage query={found} thing="reservation" back={{ to: '/reservations', label: 'Reservations' }}>
      {(answer) => <Detail answer={answer} />}
    </AnsweredPage>
  );
}

function Detail({ answer }: { answer: Answer }) {
  const may = useMay();
  const [move, setMove] = useState<Move | null>(null);
  const reservation = useNewest('reservation', answer.reservation) ?? answer.reservation;
  const session = useNewest('lablet_session', answer.session) ?? answer.session;
  const { id, candidate, timeslot } = reservation;
  const lab = `${session.definition_name} ${session.definition_version}`;
  const blocked = whyNotMoved(reservation.status, session.status);
  const begin = () =>
    setMove({ reservationId: id, sessionId: session.id, definitionId: reservation.definition_id, learner: candidate.username, slot: timeslot, start: Date.parse(timeslot.start), minutes: minutesOf(timeslot), version: reservation.version });
  const person = [candidate.first_name, candidate.last_name].filter(Boolean).join(' ');
  return (
    <Stack gap="md">
      <PageTitle title={candidate.username} back={{ to: '/reservations', label: 'Reservations' }} badge={<StatusBadge status={reservation.status} tone={reservationTone[reservation.status]} />} hint={`${lab} · ${slotText(timeslot)}`}>
        {may('POST /api/v1/reservations/{reservation_id}/reschedule') && !blocked && (
          <Button variant="default" leftSection={<IconCalendarTime size={16} />} onClick={begin}>
            Reschedule
          </Button>
        )}
        <ActionMenu actions={[extendAction(reservation, session.status), cancelAction(reservation, session.status)]} />
      </PageTitle>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Panel title="Booking">
          <Facts>
            <Fact name="Learner">{[person, candidate.email].filter(Boolean).join(', ') || candidate.username}</Fact>
            <Fact name="Lab">{lab}</Fact>
            <Fact name="Slot">{`${zonedSlotText(timeslot)} (${counted(minutesOf(timeslot), 'minute')})`}</Fact>
            {reservation.time_zone && <Fact name="There">{`${slotText(timeslot, reservation.time_zone)}, ${reservation.time_zone}`}</Fact>}
            <Fact name="External id">{reservation.external_id ?? 'none'}</Fact>
            <Fact name="Priority">{(session.priority ?? 'self_study').replace('_', ' ')}</Fact>
            {reservation.cancel_reason && <Fact name="Cancelled">{reservation.cancel_reason}</Fact>}
            <Fact name="Id">
              <Code>{id}</Code>
            </Fact>
          </Facts>
        </Panel>
        <Panel title="Room and lab" aside={<PageLink to={`/sessions/${session.id}`}>Session</PageLink>}>
          <Room answer={answer} session={session} />
        </Panel>
      </SimpleGrid>
      {reservation.batch_id && <ClassPanel batchId={reservation.batch_id} present={id} />}
      {move && <RescheduleDialog move={move} close={() => setMove(null)} />}
    </Stack>
  );
}

function Room({ answer, session }: { answer: Answer; session: Schemas['LabletSessionReadModel'] }) {
  const { guarantee } = answer;
  const worker = useLiveRow('cml_worker', guarantee?.worker_id ?? session.worker_id);
  const risk = session.promise_risk;
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <StatusBadge status={session.status} tone={sessionTone[session.status]} />
        <Text size="sm">{session.pending_reason || session.outcome_reason}</Text>
      </Group>
      <Facts>
        <Fact name="Held by">{guarantee ? <>{worker ? <PageLink to={`/workers/${worker.id}`}>{worker.name}</PageLink> : guarantee.worker_id} ({guarantee.worker_status.toLowerCase()})</> : 'nobody: it has ended, or its promise was lost'}</Fact>
        {guarantee && <Fact name="Promise">{guarantee.kind === 'placed' ? 'The worker serves already.' : 'The worker will be up in time.'}</Fact>}
        {guarantee && <Fact name="Ready by">{instantText(guarantee.ready_by)}</Fact>}
        <Fact name="Begins early">{`${minutes(session.lead_seconds)} for the lab to start`}</Fact>
        <Fact name="Ends late">{`${minutes(session.teardown_seconds)} to collect and clear`}</Fact>
      </Facts>
      {risk && (
        <Text size="sm" c="red">
          It may begin late: {risk.reason}
        </Text>
      )}
    </Stack>
  );
}

function ClassPanel({ batchId, present }: { batchId: string; present: string }) {
  const batch = useApi('/api/v1/reservations/batches/{batch_id}', { params: { path: { batch_id: batchId } } }, { kinds: ['reservation', 'lablet_session'] });
  return (
    <Panel title="Class">
      <Answered query={batch}>
        {({ accepted }) => (
          <Group gap="xs">
            {accepted.map(({ reservation, session }) => (
              <Group key={reservation.id} gap={6} wrap="nowrap">
                {reservation.id === present ? <Text size="sm" fw={600}>{reservation.candidate.username}</Text> : <PageLink to={`/reservations/${reservation.id}`}>{reservation.candidate.username}</PageLink>}
                <StatusBadge status={session.status} tone={sessionTone[session.status]} />
              </Group>
            ))}
          </Group>
        )}
      </Answered>
    </Panel>
  );
}

const minutes = (seconds: number) => (seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);

function Facts({ children }: { children: ReactNode }) {
  return (
    <Table variant="vertical" layout="fixed" withRowBorders={false}>
      <Table.Tbody>{children}</Table.Tbody>
    </Table>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={110}>{name}</Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{children}</Table.Td>
    </Table.Tr>
  );
}
