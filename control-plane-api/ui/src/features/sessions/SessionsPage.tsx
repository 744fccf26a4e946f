import { Anchor, Badge, Group, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { IconFlask } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import type { SessionRow, WorkerRow } from '../../api/types';
import { type SessionsShown, sessionsRoute } from '../../app/router';
import { sessionTone } from '../../app/theme';
import { Moment } from '../../components/Moment';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState, LoadingRows } from '../../components/states';
import { useSessions, useWorkers } from '../../live/useLive';
import type { Rows } from '../../live/rows';
import { SessionTrack } from './SessionTrack';
import { chooseSessions, statusLine } from './choose';

export function SessionsPage() {
  const { show } = sessionsRoute.useSearch();
  const navigate = useNavigate({ from: '/sessions' });
  const sessions = useSessions();
  const workers = useWorkers();
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1} size="h2">
            Sessions
          </Title>
          {sessions && (
            <Badge variant="light" color="gray" size="lg" className="lcm-numbers">
              {chooseSessions(sessions, show).length}
            </Badge>
          )}
        </Group>
        <SegmentedControl
          aria-label="Which sessions"
          value={show}
          onChange={(value) => void navigate({ search: { show: value as SessionsShown } })}
          data={[
            { value: 'live', label: 'Live' },
            { value: 'ended', label: 'Ended' },
            { value: 'all', label: 'All' },
          ]}
        />
      </Group>
      {sessions ? <SessionTable rows={chooseSessions(sessions, show)} workers={workers} show={show} /> : <LoadingRows />}
    </Stack>
  );
}

function SessionTable({ rows, workers, show }: { rows: SessionRow[]; workers?: Rows<WorkerRow>; show: SessionsShown }) {
  if (rows.length === 0) {
    return (
      <EmptyState icon={IconFlask} title={show === 'ended' ? 'No session has ended yet' : 'No session right now'}>
        A session appears here the moment a reservation is made, and moves as the lab does.
      </EmptyState>
    );
  }
  return (
    <div className="lcm-scroll">
      <Table highlightOnHover verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Lab</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th visibleFrom="sm">Learner</Table.Th>
            <Table.Th visibleFrom="md">Worker</Table.Th>
            <Table.Th visibleFrom="sm">Progress</Table.Th>
            <Table.Th visibleFrom="lg">Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((session) => (
            <SessionTableRow key={session.id} session={session} worker={workers?.get(session.worker_id ?? '')} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function SessionTableRow({ session, worker }: { session: SessionRow; worker?: WorkerRow }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor
          fw={600}
          size="sm"
          renderRoot={(props) => <Link to="/sessions/$sessionId" params={{ sessionId: session.id }} {...props} />}
        >
          {session.definition_name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {statusLine(session)}
        </Text>
      </Table.Td>
      <Table.Td>
        <StatusBadge status={session.status} tone={session.outcome === 'failed' ? 'bad' : sessionTone[session.status]} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Text size="sm">{session.candidate.username}</Text>
      </Table.Td>
      <Table.Td visibleFrom="md">
        <Text size="sm">{worker?.name ?? '–'}</Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <SessionTrack session={session} />
      </Table.Td>
      <Table.Td visibleFrom="lg">
        <Moment at={session.status_changed_at} />
      </Table.Td>
    </Table.Tr>
  );
}
