import { Card, Group, Stack, Text } from '@mantine/core';
import type { WorkerRow } from '../../api/types';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import type { ListedSession } from './listedSession';
import { SessionBadge } from './SessionBadge';
import { SessionTrack } from './SessionTrack';
import { statusLine } from './statusLine';

export function SessionCard({ session, worker }: { session: ListedSession; worker?: WorkerRow }) {
  return (
    <Card withBorder padding="sm" h="100%">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <PageLink to={`/sessions/${session.id}`} fw={600} tabIndex={-1} truncate>
            {session.definition_name}
          </PageLink>
          <SessionBadge session={session} />
        </Group>
        <Text size="xs" c="dimmed" lineClamp={2}>
          {statusLine(session)}
        </Text>
        <SessionTrack session={session} />
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" truncate>
            {[session.candidate.username, worker?.name].filter(Boolean).join(' · ')}
          </Text>
          <Moment at={session.status_changed_at} />
        </Group>
      </Stack>
    </Card>
  );
}
