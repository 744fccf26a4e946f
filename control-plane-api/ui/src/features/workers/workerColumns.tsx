import { Group, Progress, Text } from '@mantine/core';
import type { WorkerRow } from '../../api/types';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import type { Column } from '../../components/table/column';
import { usageOf } from './usage';
import { WorkerBadge } from './WorkerBadge';

export const WORKER_COLUMNS: readonly Column<WorkerRow>[] = [
  {
    id: 'name',
    header: 'Worker',
    width: 'minmax(13rem, 2fr)',
    cell: (worker) => (
      <>
        <PageLink to={`/workers/${worker.id}`} fw={600} tabIndex={-1} truncate>
          {worker.name}
        </PageLink>
        <Text size="xs" c={worker.failure ? 'red' : 'dimmed'} truncate title={placeOf(worker)}>
          {worker.failure || placeOf(worker)}
        </Text>
      </>
    ),
  },
  { id: 'state', header: 'State', width: '9.5rem', cell: (worker) => <WorkerBadge worker={worker} /> },
  { id: 'sessions', header: 'Sessions', width: '5.5rem', align: 'end', cell: (worker) => <Text size="sm" className="lcm-numbers">{worker.allocations?.length ?? 0}</Text> },
  { id: 'cpu', header: 'CPU held', from: 760, width: 'minmax(8rem, 1fr)', cell: (worker) => <Held worker={worker} dimension={0} /> },
  { id: 'memory', header: 'Memory held', from: 980, width: 'minmax(8rem, 1fr)', cell: (worker) => <Held worker={worker} dimension={1} /> },
  { id: 'licence', header: 'Licence', from: 1080, width: '9rem', cell: (worker) => <Text size="sm" truncate>{worker.license.status?.toLowerCase() ?? '–'}</Text> },
  { id: 'created', header: 'Since', from: 640, width: '7.5rem', sort: 'created_at', cell: (worker) => <Moment at={worker.created_at} /> },
];

export function placeOf(worker: WorkerRow): string {
  return [worker.instance_type, worker.region, worker.private_ip, worker.cml_version && `CML ${worker.cml_version}`].filter(Boolean).join(' · ');
}

function Held({ worker, dimension }: { worker: WorkerRow; dimension: number }) {
  const usage = usageOf(worker, Date.now())[dimension];
  if (!usage) return null;
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress value={usage.declared ? (100 * usage.held) / usage.declared : 0} style={{ flex: 1 }} aria-label={`${usage.name}: ${usage.held} of ${usage.declared} held`} />
      <Text size="xs" className="lcm-numbers">
        {usage.held}/{usage.declared}
      </Text>
    </Group>
  );
}
