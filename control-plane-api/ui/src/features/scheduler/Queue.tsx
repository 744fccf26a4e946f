import { Button, Card, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import { waited } from './whyNot';

type Waiting = Schemas['WaitingSession'];

/** The sessions that wait for room, in the order in which it is given. */
export function Queue({ ask }: { ask: (sessionId: string) => void }) {
  const queue = useApi('/api/v1/scheduler/queue', { params: { query: { limit: 100 } } }, { kinds: ['lablet_session', 'cml_worker'], everyMs: 10_000 });
  return (
    <Panel title="Queue">
      <Answered query={queue} height={240}>
        {({ sessions, total, unpromised, at_risk }) =>
          total === 0 ? (
            <EmptyState icon={IconCircleCheck} title="Nobody waits">
              Every session that was booked has its place.
            </EmptyState>
          ) : (
            <Stack gap="sm">
              <Text size="sm" c="dimmed">
                {total.toLocaleString('en')} waiting, {unpromised.toLocaleString('en')} without a promised place, {at_risk.toLocaleString('en')} may begin late
                {sessions.length < total && `; the first ${sessions.length} are shown`}
              </Text>
              <SimpleGrid minColWidth="min(32rem, 100%)" spacing="sm">
                {sessions.map((waiting) => (
                  <WaitingCard key={waiting.session_id} waiting={waiting} ask={ask} />
                ))}
              </SimpleGrid>
            </Stack>
          )
        }
      </Answered>
    </Panel>
  );
}

function WaitingCard({ waiting, ask }: { waiting: Waiting; ask: (sessionId: string) => void }) {
  const { position, session_id, definition_name, priority, promise_risk, promised_worker_id, reason } = waiting;
  return (
    <Card withBorder component="article" padding="sm" aria-label={`${position}. ${definition_name}`}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4} style={{ flex: '1 1 16rem', minWidth: 0 }}>
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Text size="sm" c="dimmed" className="lcm-numbers">
              {position}
            </Text>
            <PageLink to={`/sessions/${session_id}`}>{definition_name}</PageLink>
          </Group>
          <Group gap="xs">
            <StatusBadge status={priority.replaceAll('_', ' ')} tone="resting" />
            {promise_risk && <StatusBadge status="May begin late" tone="bad" />}
            {promised_worker_id && !promise_risk && <StatusBadge status="Place promised" tone="good" />}
          </Group>
          <Text size="sm">{promise_risk?.reason || reason || 'The scheduler has not looked at it yet'}</Text>
          <Text size="sm" c="dimmed" component="div">
            Booked {waited(waiting.age_seconds)} ago, begins <Moment at={waiting.starts_at} />
          </Text>
        </Stack>
        <Button size="xs" variant="light" onClick={() => ask(session_id)} aria-label={`Why pending: ${definition_name}, ${position} in the queue`}>
          Why pending
        </Button>
      </Group>
    </Card>
  );
}
