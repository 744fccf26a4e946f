import { Button, Group, Progress, SimpleGrid, Text } from '@mantine/core';
import type { Action } from '../../actions/action';
import { useAction, useAllowed } from '../../actions/useAction';
import { api } from '../../api/client';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';

type View = Schemas['MaintenanceView'];
const PROGRESS_MS = 3_000;
const TONES = { NEVER: 'resting', RUNNING: 'moving', DONE: 'good', FAILED: 'bad' } as const;

const ETCD: Action = {
  operation: 'POST /api/v1/system/rebuild-etcd',
  label: 'Publish to etcd again',
  destructive: true,
  asksReason: true,
  consequence: 'Every key of workers, sessions, definitions, pools and reconcilers is deleted from etcd and published again from the database. The controllers see each thing anew; no session ends by it.',
  send: ({ reason }, header) => api.POST('/api/v1/system/rebuild-etcd', { params: { header }, body: { reason } }),
  done: 'It has begun.',
};

const PROJECTIONS: Action = {
  operation: 'POST /api/v1/system/rebuild-projections',
  label: 'Make lists again from the log',
  destructive: true,
  asksReason: true,
  consequence: 'The present state of everything is made again from the event log, one collection after another. The log itself is not touched. It takes long where the log is long.',
  fields: [{ kind: 'switch', name: 'fresh', label: 'Begin anew', description: 'Not where an interrupted run stopped.' }],
  send: ({ reason, switches }, header) =>
    api.POST('/api/v1/system/rebuild-projections', { params: { header }, body: { reason, fresh: switches.fresh ?? false, collections: [] } }),
  done: 'It has begun.',
};

/** Long work on the system itself, with how far it is. */
export function Rebuilds() {
  const etcd = useApi('/api/v1/system/rebuild-etcd', {}, { kinds: ['maintenance'], everyMs: PROGRESS_MS });
  const projections = useApi('/api/v1/system/rebuild-projections', {}, { kinds: ['maintenance'], everyMs: PROGRESS_MS });
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <Panel title="What etcd is told">
        <Answered query={etcd}>{(view) => <Run view={view} action={ETCD} />}</Answered>
      </Panel>
      <Panel title="Lists made from the log">
        <Answered query={projections}>{(view) => <Run view={view} action={PROJECTIONS} />}</Answered>
      </Panel>
    </SimpleGrid>
  );
}

function Run({ view, action }: { view: View; action: Action }) {
  const ask = useAction();
  const [allowed] = useAllowed([action]);
  const { run, progress, status } = view;
  return (
    <>
      <Group gap="xs">
        <StatusBadge status={status} tone={TONES[status]} />
        {run && (
          <Text size="sm" component="div">
            begun by {run.by} <Moment at={run.started_at} />: {run.reason}
          </Text>
        )}
      </Group>
      {progress && (
        <div>
          <Text size="sm" className="lcm-numbers">
            {progress.stage}: {progress.done.toLocaleString('en')}
            {progress.total > 0 && ` of ${progress.total.toLocaleString('en')}`}
          </Text>
          <Progress value={progress.total > 0 ? (100 * progress.done) / progress.total : 100} animated aria-label={`${progress.stage}: ${progress.done} done`} />
        </div>
      )}
      {run?.error && <Text size="sm">{run.error}</Text>}
      {(run?.stages ?? []).map((stage) => (
        <Text size="xs" c="dimmed" key={stage.name} className="lcm-numbers">
          {stage.name}: {stage.handled.toLocaleString('en')} handled, {stage.changed.toLocaleString('en')} changed{stage.failed ? `, ${stage.failed} failed` : ''}
        </Text>
      ))}
      {allowed && status !== 'RUNNING' && (
        <Button variant="default" onClick={() => ask(allowed)} style={{ alignSelf: 'flex-start' }}>
          {allowed.label}
        </Button>
      )}
    </>
  );
}
