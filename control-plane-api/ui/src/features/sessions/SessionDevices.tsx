import { Anchor, Code, CopyButton, Group, Table, Text, UnstyledButton } from '@mantine/core';
import { useApi } from '../../api/useApi';
import type { SessionRow } from '../../api/types';
import { Answered } from '../../components/Answered';
import { nodeWords } from '../../components/labNodes';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';

/** How the learner reaches each device; before delivery begins, the ports that are granted. */
export function SessionDevices({ session }: { session: SessionRow }) {
  return <Panel title="Devices">{session.user_session_id ? <Consoles session={session} /> : <Ports session={session} />}</Panel>;
}

function Consoles({ session }: { session: SessionRow }) {
  const delivery = useApi('/api/v1/lablet-sessions/{session_id}/user-session', { params: { path: { session_id: session.id } } }, { kinds: ['user_session'] });
  return (
    <Answered query={delivery}>
      {({ devices, status }) => (
        <>
          <Text size="sm" c="dimmed">
            Delivery session: {status.toLowerCase()}
          </Text>
          {devices.length === 0 && <Text size="sm">No device is shown to the learner.</Text>}
          <Table verticalSpacing={4}>
            <Table.Tbody>
              {devices.map((device) => (
                <Table.Tr key={device.name + device.uri}>
                  <Table.Td>
                    <Group gap={6}>
                      <Text size="sm" fw={500}>
                        {device.name}
                      </Text>
                      <NodeBadge session={session} label={device.name} />
                    </Group>
                    <Text size="xs" c="dimmed">
                      {device.protocol}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="right">
                    <Group gap="xs" justify="flex-end">
                      <Code style={{ overflowWrap: 'anywhere' }}>{`${device.host}:${device.port}`}</Code>
                      <CopyButton value={device.uri || `${device.host}:${device.port}`}>
                        {({ copied, copy }) => (
                          <UnstyledButton fz="xs" td="underline" onClick={copy} aria-label={`Copy the address of ${device.name}`}>
                            {copied ? 'Copied' : 'Copy'}
                          </UnstyledButton>
                        )}
                      </CopyButton>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {session.login_url && (session.status === 'READY' || session.status === 'RUNNING') && (
            <Anchor href={session.login_url} size="sm" target="_blank" rel="noreferrer">
              The learner's page
            </Anchor>
          )}
        </>
      )}
    </Answered>
  );
}

function Ports({ session }: { session: SessionRow }) {
  const ports = session.allocated_ports ?? [];
  if (ports.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        Ports are granted with the worker, addresses when the lab runs.
      </Text>
    );
  }
  return (
    <Table verticalSpacing={4}>
      <Table.Tbody>
        {ports.map((port) => (
          <Table.Tr key={port.outer}>
            <Table.Td>
              <Group gap={6}>
                {port.node_label}
                <NodeBadge session={session} label={port.node_label} />
              </Group>
            </Table.Td>
            <Table.Td c="dimmed">{described(port.protocol, port.inner ?? 0)}</Table.Td>
            <Table.Td ta="right" className="lcm-numbers">
              {port.outer}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** How the node stands; nothing while there is no word of it, and when its lab is taken down. */
function NodeBadge({ session, label }: { session: SessionRow; label: string }) {
  const node = session.lab_nodes?.find((each) => each.label === label);
  const isOver = ['STOPPING', 'STOPPED', 'ARCHIVED', 'TERMINATED'].includes(session.status);
  if (!node || isOver) return null;
  const { state, tone } = nodeWords(node, session);
  return <StatusBadge status={state} tone={tone} />;
}

function described(protocol: string, inner: number): string {
  if (protocol === 'serial') return `serial line ${inner}`;
  return protocol === 'vnc' ? 'display' : `${protocol} port ${inner}`;
}
