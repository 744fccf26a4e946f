import { Card, Group, Progress, Stack, Text } from '@mantine/core';
import type { WorkerRow } from '../../api/types';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { usageOf } from './usage';
import { WorkerBadge } from './WorkerBadge';
import { placeOf } from './workerColumns';

export function WorkerCard({ worker }: { worker: WorkerRow }) {
  const sessions = worker.allocations?.length ?? 0;
  return (
    <Card withBorder padding="sm" h="100%">
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <PageLink to={`/workers/${worker.id}`} fw={600} tabIndex={-1} style={{ overflowWrap: 'anywhere' }}>
            {worker.name}
          </PageLink>
          <WorkerBadge worker={worker} />
        </Group>
        <Text size="xs" c={worker.failure ? 'red' : 'dimmed'} lineClamp={2}>
          {worker.failure || placeOf(worker)}
        </Text>
        <WorkerUsage worker={worker} />
        <Group justify="space-between">
          <Text size="sm">{sessions === 1 ? '1 session' : `${sessions} sessions`}</Text>
          <Moment at={worker.status_changed_at} />
        </Group>
      </Stack>
    </Card>
  );
}

/** What is held of the worker now, by dimension. */
export function WorkerUsage({ worker }: { worker: WorkerRow }) {
  return (
    <Stack gap={6}>
      {usageOf(worker, Date.now()).map((usage) => (
        <div key={usage.name}>
          <Group justify="space-between">
            <Text size="xs" c="dimmed">
              {usage.name}
            </Text>
            <Text size="xs" className="lcm-numbers">
              {usage.held} of {usage.declared}
            </Text>
          </Group>
          <Progress value={usage.declared ? (100 * usage.held) / usage.declared : 0} size="sm" aria-label={`${usage.name}: ${usage.held} of ${usage.declared} held`} />
        </div>
      ))}
    </Stack>
  );
}
