import { useParams } from '@tanstack/react-router';
import { useApi } from '../../api/useApi';
import { Button, Card, Code, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { SessionRow } from '../../api/types';
import { sessionTone } from '../../app/theme';
import { Moment } from '../../components/Moment';
import { StatusBadge } from '../../components/StatusBadge';
import { ErrorState, LoadingRows } from '../../components/states';
import { newer } from '../../live/rows';
import { useLiveRow } from '../../live/useLive';
import { SessionTrack, seconds } from './SessionTrack';
import { statusLine } from './statusLine';

export default function SessionPage() {
  const { sessionId = '' } = useParams({ strict: false }) as { sessionId?: string };
  const live = useLiveRow('lablet_session', sessionId);
  const fetched = useApi('/api/v1/lablet-sessions/{session_id}', { params: { path: { session_id: sessionId } } });
  const session = fetched.data ? newer(live, fetched.data) : live;
  return (
    <Stack gap="md">
      {session ? <Detail session={session} /> : <Missing error={fetched.error} retry={() => void fetched.refetch()} />}
    </Stack>
  );
}

function Missing({ error, retry }: { error: Error | null; retry: () => void }) {
  return error ? <ErrorState error={error} retry={retry} /> : <LoadingRows />;
}

function Detail({ session }: { session: SessionRow }) {
  const worker = useLiveRow('cml_worker', session.worker_id);
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="sm">
            <Title order={1} size="h2">
              {session.definition_name}
            </Title>
            <StatusBadge status={session.status} tone={sessionTone[session.status]} />
          </Group>
          <Text c="dimmed" size="sm">
            {statusLine(session)}
          </Text>
        </div>
        {session.login_url && (session.status === 'READY' || session.status === 'RUNNING') && (
          <Button component="a" href={session.login_url} target="_blank" rightSection={<IconExternalLink size={16} />}>
            Open lab
          </Button>
        )}
      </Group>
      <SessionTrack session={session} wide />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Stack>
          <Card withBorder>
            <Facts session={session} worker={worker?.name ?? session.worker_id ?? 'none yet'} />
          </Card>
          <Card withBorder>
            <History session={session} />
          </Card>
        </Stack>
        <Stack>
          <Card withBorder>
            <Steps session={session} />
          </Card>
          <Card withBorder>
            <Ports session={session} />
          </Card>
        </Stack>
      </SimpleGrid>
    </>
  );
}

function Facts({ session, worker }: { session: SessionRow; worker: string }) {
  const slot = `${new Date(session.timeslot.start).toLocaleString()} – ${new Date(session.timeslot.end).toLocaleTimeString()}`;
  const needs = session.requirements;
  return (
    <Section title="Booking">
      <Table variant="vertical" layout="fixed" withRowBorders={false}>
        <Table.Tbody>
          <Fact name="Learner">{session.candidate.username}</Fact>
          <Fact name="Slot">{slot}</Fact>
          <Fact name="Worker">{worker}</Fact>
          <Fact name="Needs">
            {`${needs.cpu_cores} cores, ${needs.memory_gb} GB, ${needs.storage_gb} GB disk, ${needs.nodes} nodes, ${needs.ports} ports`}
          </Fact>
          <Fact name="Session id">
            <Code>{session.id}</Code>
          </Fact>
        </Table.Tbody>
      </Table>
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={110}>{name}</Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>{children}</Table.Td>
    </Table.Tr>
  );
}

function Steps({ session }: { session: SessionRow }) {
  const steps = session.steps ?? [];
  if (steps.length === 0) return <Nothing title="Steps">No step has run yet.</Nothing>;
  return (
    <Section title="Steps">
      <Table layout="auto">
        <Table.Tbody>
          {steps.map((step) => (
            <Table.Tr key={`${step.pipeline}/${step.step}`}>
              <Table.Td>
                <Text size="sm">{step.step.replaceAll('_', ' ')}</Text>
                {step.error && (
                  <Text size="xs" c="red">
                    {step.error}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {step.status}
                  {(step.attempts ?? 0) > 1 ? `, attempt ${step.attempts}` : ''}
                </Text>
              </Table.Td>
              <Table.Td ta="right" className="lcm-numbers">
                <Text size="sm">{step.duration_seconds == null ? '' : seconds(step.duration_seconds)}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}

function Ports({ session }: { session: SessionRow }) {
  const ports = session.allocated_ports ?? [];
  if (ports.length === 0) return <Nothing title="Ports">Ports are granted with the worker.</Nothing>;
  return (
    <Section title="Ports">
      <Table>
        <Table.Tbody>
          {ports.map((port) => (
            <Table.Tr key={port.outer}>
              <Table.Td>{port.node_label}</Table.Td>
              <Table.Td c="dimmed">
                {described(port.protocol, port.inner ?? 0)}
              </Table.Td>
              <Table.Td ta="right" className="lcm-numbers">
                {port.outer}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}

function described(protocol: string, inner: number): string {
  if (protocol === 'serial') return `serial line ${inner}`;
  return protocol === 'vnc' ? 'display' : `${protocol} port ${inner}`;
}

function History({ session }: { session: SessionRow }) {
  return (
    <Section title="History">
      <Table>
        <Table.Tbody>
          {[...(session.state_history ?? [])].reverse().map((change) => (
            <Table.Tr key={change.at + change.target}>
              <Table.Td>
                <Text size="sm">{change.target}</Text>
                <Text size="xs" c="dimmed">
                  {change.reason ? `${change.by}: ${change.reason}` : change.by}
                </Text>
              </Table.Td>
              <Table.Td ta="right">
                <Moment at={change.at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

function Nothing({ title, children }: { title: string; children: string }) {
  return (
    <Section title={title}>
      <Text c="dimmed" size="sm">
        {children}
      </Text>
    </Section>
  );
}
