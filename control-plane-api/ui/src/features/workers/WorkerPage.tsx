import { Alert, SimpleGrid, Stack } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { ActionMenu } from '../../actions/ActionMenu';
import { useApi } from '../../api/useApi';
import type { WorkerRow } from '../../api/types';
import { AnsweredPage } from '../../components/AnsweredPage';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { newer } from '../../live/rows';
import { useLiveRow } from '../../live/useLive';
import { Guards } from './Guards';
import { Launches } from './Launches';
import { Utilisation } from './Utilisation';
import { WorkerBadge } from './WorkerBadge';
import { WorkerUsage } from './WorkerCard';
import { WorkerFacts } from './WorkerFacts';
import { WorkerSessions } from './WorkerSessions';
import { workerActions } from './workerActions';
import { placeOf } from './workerColumns';

export default function WorkerPage() {
  const { workerId = '' } = useParams({ strict: false }) as { workerId?: string };
  const live = useLiveRow('cml_worker', workerId);
  const fetched = useApi('/api/v1/workers/{worker_id}', { params: { path: { worker_id: workerId } } });
  const worker = fetched.data ? newer(live, fetched.data) : live;
  if (worker) return <Detail worker={worker} />;
  return <AnsweredPage query={fetched} thing="worker" back={{ to: '/workers', label: 'Workers' }}>{() => null}</AnsweredPage>;
}

function Detail({ worker }: { worker: WorkerRow }) {
  return (
    <Stack gap="md">
      <PageTitle title={worker.name} badge={<WorkerBadge worker={worker} />} back={{ to: '/workers', label: 'Workers' }} hint={placeOf(worker)}>
        <ActionMenu actions={workerActions(worker)} />
      </PageTitle>
      {warningsOf(worker).map(([title, why]) => (
        <Alert key={title} color="orange" icon={<IconAlertTriangle />} title={title}>
          {why}
        </Alert>
      ))}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Stack gap="md" className="lcm-in-turn">
          <Panel title="Held now">
            <WorkerUsage worker={worker} />
          </Panel>
          {worker.status === 'FAILED' && <Launches worker={worker} />}
          <Utilisation worker={worker} />
          <WorkerSessions worker={worker} />
        </Stack>
        <Stack gap="md" className="lcm-in-turn">
          <Guards worker={worker} />
          <WorkerFacts worker={worker} />
          {worker.status !== 'FAILED' && <Launches worker={worker} />}
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

/** What is not as it should be, with the reason in the system's words. */
function warningsOf(worker: WorkerRow): [string, string][] {
  const warnings: [string, string | undefined | null][] = [
    ['It has failed', worker.failure],
    ['Its host is lost', worker.host_loss?.reason],
    ['CML is not well', worker.service_status === 'UNAVAILABLE' ? worker.health_reason : undefined],
    ['It is being drained', worker.status === 'DRAINING' ? worker.drain_reason : undefined],
    ['It is in maintenance', worker.maintenance_at ? worker.maintenance_reason || 'since somebody said so' : undefined],
    ['It is not what it was declared to be', worker.drift?.map((each) => `${each.what.replaceAll('_', ' ')}: declared ${each.declared}, measured ${each.measured}`).join('; ')],
    ['Labs of sessions that went elsewhere are left on it', worker.leftover_labs?.length ? `${worker.leftover_labs.length}; it takes nobody before they are gone` : undefined],
  ];
  return warnings.filter((each): each is [string, string] => Boolean(each[1]));
}
