import { Alert, Code, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useApi } from '../../api/useApi';
import type { SessionRow } from '../../api/types';
import { downText } from '../../components/labNodes';
import { DefinitionList } from '../../components/DefinitionList';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { LifeCycle } from './LifeCycle';
import { SessionDevices } from './SessionDevices';
import { SessionHistory } from './SessionHistory';
import { SessionSteps } from './SessionSteps';
import { zonedSlotText } from '../../components/booking/slotText';
import { WorkerLink } from '../../components/ThingLink';
import { counted } from '../../components/counted';

export function SessionSummary({ session }: { session: SessionRow }) {
  const down = downText(session);
  return (
    <Stack gap="md">
      {session.promise_risk && <Warning title="This session may begin late">{session.promise_risk.reason}</Warning>}
      {session.recovery && <Warning title="It waits for its host to come back">{session.recovery.reason}</Warning>}
      {down && <Warning title="Not every node of the lab is up">{`${down}. What stands still can be started on its host, unless somebody means it so.`}</Warning>}
      <Panel title="Life cycle">
        <LifeCycle session={session} />
      </Panel>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <div>
          <SessionSteps session={session} />
        </div>
        <Stack gap="md" className="lcm-in-turn">
          <Booking session={session} />
          <SessionDevices session={session} />
          <SessionHistory session={session} />
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

function Warning({ title, children }: { title: string; children: string }) {
  return (
    <Alert color="orange" icon={<IconAlertTriangle />} title={title}>
      {children}
    </Alert>
  );
}

function Booking({ session }: { session: SessionRow }) {
  const decisions = useApi('/api/v1/scheduler/decisions', { params: { query: { session_id: session.id, limit: 1 } } }, { kinds: ['lablet_session'] });
  const { candidate, timeslot, requirements: needs } = session;
  const name = [candidate.first_name, candidate.last_name].filter(Boolean).join(' ');
  const last = decisions.data?.items[0];
  return (
    <Panel title="Booking">
      <DefinitionList
        facts={[
          ['Learner', name ? `${name} (${candidate.username})` : candidate.username],
          ['Slot', zonedSlotText(timeslot)],
          ['Starts', <Moment key="starts" at={timeslot.start} />],
          ['Definition', <PageLink key="definition" to={`/definitions/${session.definition_id}`}>{`${session.definition_name} ${session.definition_version}`}</PageLink>],
          ['Worker', session.worker_id ? <WorkerLink key="worker" id={session.worker_id} /> : 'none yet'],
          ['Needs', [counted(needs.cpu_cores, 'core'), `${needs.memory_gb} GB memory`, `${needs.storage_gb} GB disk`, counted(needs.nodes, 'node'), counted(needs.ports, 'port')].join(', ')],
          ['Priority', session.priority?.replaceAll('_', ' ')],
          ['Outcome', session.outcome && [session.outcome.replaceAll('_', ' '), session.outcome_reason].filter(Boolean).join(': ')],
          ['Reservation', <PageLink key="reservation" to={`/reservations/${session.reservation_id}`}><Code>{session.reservation_id}</Code></PageLink>],
          ['Session id', <Code key="id">{session.id}</Code>],
          // last: it comes later than the rest, and how long it is nobody knows before
          ['Placement', decisions.isPending ? <Skeleton key="placement" height={20} aria-label="Loading" /> : last?.summary],
        ]}
      />
      {decisions.error && (
        <Text size="xs" c="dimmed">
          Its placement could not be read: {decisions.error.message}
        </Text>
      )}
    </Panel>
  );
}
