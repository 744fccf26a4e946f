import { Group, Table, Text } from '@mantine/core';
import type { Schemas, SessionRow } from '../../api/types';
import type { Tone } from '../../app/theme';
import { duration } from '../../components/duration';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { useNow } from '../../components/useNow';

type Step = Schemas['StepRecord'];
const TONE: Record<Step['status'], Tone> = { pending: 'waiting', running: 'moving', completed: 'good', failed: 'bad', skipped: 'resting' };

/** The steps of all pipelines, each with how long it took, how often it was tried and what it waits for. */
export function SessionSteps({ session }: { session: SessionRow }) {
  const steps = session.steps ?? [];
  const now = useNow(1000, steps.some((step) => step.status === 'running'));
  return (
    <Panel title="Pipeline">
      {steps.length === 0 && (
        <Text c="dimmed" size="sm">
          No step has run yet. The first one begins when its worker is up and the lead time before the slot has come.
        </Text>
      )}
      {pipelinesOf(steps).map(([pipeline, own]) => (
        <Table key={pipeline} verticalSpacing={4} layout="auto" captionSide="top">
          <Table.Caption ta="left" mt={0} mb={4}>
            {pipeline}
          </Table.Caption>
          <Table.Tbody>
            {own.map((step) => (
              <StepRow key={step.step} step={step} now={now} />
            ))}
          </Table.Tbody>
        </Table>
      ))}
    </Panel>
  );
}

function StepRow({ step, now }: { step: Step; now: number }) {
  const running = step.status === 'running' && step.started_at ? (now - Date.parse(step.started_at)) / 1000 : null;
  const seconds = step.duration_seconds ?? running;
  const attempts = step.attempts ?? 0;
  return (
    <>
    <Table.Tr style={step.error ? { borderBottom: 'none' } : undefined}>
      <Table.Td>
        <Text size="sm">{step.step.replaceAll('_', ' ')}</Text>
        {step.status === 'running' && step.waiting_for && (
          <Text size="xs" c="dimmed">
            waits for {step.waiting_for}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap" justify="flex-end">
          {attempts > 1 && (
            <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
              {attempts} attempts
            </Text>
          )}
          <StatusBadge status={step.status} tone={TONE[step.status]} />
        </Group>
      </Table.Td>
      <Table.Td ta="right" w={{ base: 64, sm: 92 }} px={4} className="lcm-numbers">
        <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
          {seconds === null ? '' : duration(Math.max(0, seconds))}
        </Text>
      </Table.Td>
    </Table.Tr>
    {step.error && (
      <Table.Tr>
        {/* Beside the state it had the width of one word on a phone. */}
        <Table.Td colSpan={3} pt={0}>
          <Text size="xs" c="red" style={{ overflowWrap: 'anywhere' }}>
            {step.error}
          </Text>
        </Table.Td>
      </Table.Tr>
    )}
    </>
  );
}

function pipelinesOf(steps: readonly Step[]): [string, Step[]][] {
  const pipelines = new Map<string, Step[]>();
  for (const step of steps) pipelines.set(step.pipeline, [...(pipelines.get(step.pipeline) ?? []), step]);
  return [...pipelines];
}
