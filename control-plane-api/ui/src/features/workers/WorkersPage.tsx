import { Badge, Card, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconServer2 } from '@tabler/icons-react';
import type { WorkerRow } from '../../api/types';
import { workerTone } from '../../app/theme';
import { Moment } from '../../components/Moment';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState, LoadingRows } from '../../components/states';
import { useLiveRows } from '../../live/useLive';
import { type Usage, usageOf } from './usage';

export default function WorkersPage() {
  const workers = useLiveRows('cml_worker');
  const rows = workers && [...workers.values()].filter((worker) => worker.status !== 'TERMINATED');
  return (
    <Stack gap="md">
      <Group gap="sm">
        <Title order={1} size="h2">
          Workers
        </Title>
        {rows && (
          <Badge variant="light" color="gray" size="lg" className="lcm-numbers">
            {rows.length}
          </Badge>
        )}
      </Group>
      {rows ? <WorkerCards rows={rows} /> : <LoadingRows />}
    </Stack>
  );
}

function WorkerCards({ rows }: { rows: WorkerRow[] }) {
  if (rows.length === 0) {
    return (
      <EmptyState icon={IconServer2} title="The fleet is empty">
        A worker is launched by itself when a booking needs one.
      </EmptyState>
    );
  }
  const sorted = [...rows].sort((one, other) => one.created_at.localeCompare(other.created_at));
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
      {sorted.map((worker) => (
        <WorkerCard key={worker.id} worker={worker} />
      ))}
    </SimpleGrid>
  );
}

function WorkerCard({ worker }: { worker: WorkerRow }) {
  const sessions = worker.allocations?.length ?? 0;
  return (
    <Card withBorder component="article" aria-label={worker.name}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600} truncate>
            {worker.name}
          </Text>
          <StatusBadge status={worker.status} tone={workerTone[worker.status]} />
        </Group>
        <Text size="sm" c="dimmed">
          {[worker.instance_type, worker.region, worker.private_ip, worker.cml_version && `CML ${worker.cml_version}`]
            .filter(Boolean)
            .join(' · ')}
        </Text>
        {worker.failure && (
          <Text size="sm" c="red">
            {worker.failure}
          </Text>
        )}
        <Stack gap={6}>
          {usageOf(worker, Date.now()).map((usage) => (
            <UsageBar key={usage.name} usage={usage} />
          ))}
        </Stack>
        <Group justify="space-between">
          <Text size="sm">{sessions === 1 ? '1 session' : `${sessions} sessions`}</Text>
          <Moment at={worker.status_changed_at} />
        </Group>
      </Stack>
    </Card>
  );
}

function UsageBar({ usage }: { usage: Usage }) {
  const share = usage.declared ? (100 * usage.held) / usage.declared : 0;
  return (
    <div>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {usage.name}
        </Text>
        <Text size="xs" className="lcm-numbers">
          {usage.held} of {usage.declared}
        </Text>
      </Group>
      <Progress value={share} size="sm" aria-label={`${usage.name}: ${usage.held} of ${usage.declared} held`} />
    </div>
  );
}
