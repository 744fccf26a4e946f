import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { ActionMenu } from '../actions/ActionMenu';
import type { Action } from '../actions/action';
import { api } from '../api/client';
import type { Schemas } from '../api/types';
import { useApi } from '../api/useApi';
import { Answered } from './Answered';
import { Moment } from './Moment';
import { Panel } from './Panel';
import { StatusBadge } from './StatusBadge';

export type Reconciler = Schemas['ReconcilerView'];
const QUEUES_MS = 5_000;

/** Who leads each reconciler and what waits in it; paused, resumed, triggered, handed over. */
export function Reconcilers() {
  const reconcilers = useApi('/api/v1/reconcilers', {}, { kinds: ['reconciler'], everyMs: QUEUES_MS });
  return (
    <Answered query={reconcilers}>
      {(all) => (
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          {all.map((each) => (
            <ReconcilerPanel key={each.service} reconciler={each} />
          ))}
        </SimpleGrid>
      )}
    </Answered>
  );
}

function ReconcilerPanel({ reconciler }: { reconciler: Reconciler }) {
  const { service, paused, pause, leader, leads_since, epoch, in_effect, told_at } = reconciler;
  const busy = reconciler.loops.filter((loop) => loop.waiting + loop.delayed + loop.in_flight + loop.failing > 0);
  return (
    <Panel title={`Work of ${service}`} aside={<ActionMenu actions={reconcilerActions(reconciler)} />}>
      <Group gap="xs">
        <StatusBadge status={paused ? 'paused' : leader ? 'works' : 'nobody leads'} tone={paused ? 'moving' : leader ? 'good' : 'bad'} />
        {leader && leads_since && (
          <Text size="sm" component="div">
            {leader} leads, epoch {epoch}, since <Moment at={leads_since} />
          </Text>
        )}
      </Group>
      {pause && (
        <Text size="sm" component="div">
          Paused by {pause.by} <Moment at={pause.since} />: {pause.reason}
          {in_effect === false && '. The leader does not know of it yet.'}
        </Text>
      )}
      <Text size="sm" className="lcm-numbers">
        {workText(reconciler)}
      </Text>
      <Stack gap={2}>
        {busy.map((loop) => (
          <Text size="xs" c="dimmed" key={loop.name} className="lcm-numbers">
            {loop.name}: {loop.waiting} wait, {loop.delayed} later, {loop.in_flight} in work, {loop.failing} fail
          </Text>
        ))}
      </Stack>
      {told_at && (
        <Text size="xs" c="dimmed" component="div">
          As its leader told <Moment at={told_at} />
        </Text>
      )}
    </Panel>
  );
}

/** What there is to do, as the leader counts it; while nobody has told, nobody knows. */
export function workText({ waiting, delayed, in_flight, failing }: Reconciler): string {
  const counts: [number | null | undefined, string][] = [[waiting, 'wait'], [delayed, 'wait for their time'], [in_flight, 'in work'], [failing, 'fail']];
  if (counts.every(([count]) => count == null)) return 'What waits is known when an instance leads and has told.';
  return counts.map(([count, what]) => `${count ?? '–'} ${what}`).join(', ');
}

export function reconcilerActions({ service, paused, leader, loops }: Reconciler): Action[] {
  const path = { service };
  return [
    {
      operation: 'POST /api/v1/reconcilers/{service}/pause',
      label: 'Pause',
      destructive: true,
      asksReason: true,
      consequence: `${service} finishes what it is doing and takes up nothing more until it is resumed. Sessions and workers stay as they are meanwhile: what has to happen at its time may come too late.`,
      blocked: paused ? 'It is paused already' : undefined,
      send: ({ reason }, header) => api.POST('/api/v1/reconcilers/{service}/pause', { params: { path, header }, body: { reason } }),
      done: 'It is paused.',
    },
    {
      operation: 'POST /api/v1/reconcilers/{service}/resume',
      label: 'Resume',
      asksReason: true,
      consequence: 'It takes up everything that waits.',
      blocked: paused ? undefined : 'It is not paused',
      send: ({ reason }, header) => api.POST('/api/v1/reconcilers/{service}/resume', { params: { path, header }, body: { reason } }),
      done: 'It is resumed.',
    },
    {
      operation: 'POST /api/v1/reconcilers/{service}/trigger',
      label: 'Look now',
      asksReason: true,
      consequence: paused
        ? 'It is paused: this is done when it is resumed.'
        : 'What is named here is handled now instead of at its time; without a name, everything. Harmless, but everything is work.',
      fields: [
        { kind: 'choice', name: 'loop', label: 'Only in the loop', optional: true, choices: loops.map(({ name }) => ({ value: name, label: name })) },
        { kind: 'text', name: 'key', label: 'Only this session or worker', description: 'Its id.', optional: true },
      ],
      send: ({ reason, texts }, header) =>
        api.POST('/api/v1/reconcilers/{service}/trigger', { params: { path, header }, body: { reason, loop: texts.loop?.trim() || undefined, key: texts.key?.trim() || undefined } }),
      done: 'It was told to look.',
    },
    {
      operation: 'POST /api/v1/reconcilers/{service}/resign',
      label: 'Hand over the lead',
      destructive: true,
      asksReason: true,
      consequence: `${leader ?? 'The leader'} gives the lead up; another instance takes it within seconds. With one instance alone nothing is done until it leads again.`,
      blocked: leader ? undefined : 'Nobody leads',
      send: ({ reason }, header) => api.POST('/api/v1/reconcilers/{service}/resign', { params: { path, header }, body: { reason } }),
      done: 'The lead is being handed over.',
    },
  ];
}
