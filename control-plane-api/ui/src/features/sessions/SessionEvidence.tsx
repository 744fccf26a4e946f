import { Accordion, Alert, Badge, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconDownload, IconFolderOpen } from '@tabler/icons-react';
import { useMay } from '../../api/access';
import { useApi } from '../../api/useApi';
import type { Schemas, SessionRow } from '../../api/types';
import { Answered } from '../../components/Answered';
import { Panel } from '../../components/Panel';
import { EmptyState } from '../../components/states';
import { counted } from '../../components/counted';

/** What was read from each device, and what could not be. */
export function SessionEvidence({ session }: { session: SessionRow }) {
  const evidence = useApi('/api/v1/lablet-sessions/{session_id}/evidence', { params: { path: { session_id: session.id } } }, { kinds: ['grading_session'] });
  return (
    <Answered query={evidence}>
      {(devices) =>
        devices.length === 0 ? (
          <EmptyState icon={IconFolderOpen} title="Nothing collected yet">
            Evidence is read from the devices at the end of the slot, or when an operator asks for it.
          </EmptyState>
        ) : (
          <Panel title={`Evidence of ${counted(devices.length, 'device')}`}>
            <Accordion multiple variant="separated" chevronPosition="left">
              {devices.map((device) => (
                <Device key={device.node_label} device={device} session={session} />
              ))}
            </Accordion>
          </Panel>
        )
      }
    </Answered>
  );
}

function Device({ device, session }: { device: Schemas['DeviceCollection']; session: SessionRow }) {
  const outputs = device.outputs ?? [];
  return (
    <Accordion.Item value={device.node_label}>
      <Accordion.Control>
        <Group gap="sm">
          <Text fw={500}>{device.node_label}</Text>
          <Text size="sm" c="dimmed">
            {device.node_definition}
          </Text>
          <Badge color={device.error ? 'red' : 'teal'} variant="light">
            {device.error ? 'not read' : counted(outputs.length, 'output')}
          </Badge>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">
          {device.error && <Alert color="red">{device.error}</Alert>}
          {device.note && <Text size="sm">{device.note}</Text>}
          {outputs.map((output) => (
            <Output key={output.command + output.collected_at} output={output} session={session} />
          ))}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function Output({ output, session }: { output: Schemas['CommandOutput']; session: SessionRow }) {
  const mayRead = useMay()('GET /api/v1/lablet-sessions/{session_id}/artefacts/{sha256}');
  const { artefact } = output;
  return (
    <div>
      <Group justify="space-between">
        <Text size="sm" ff="monospace">
          {output.command}
        </Text>
        {artefact && mayRead && (
          <Button component="a" size="compact-xs" variant="subtle" href={`/api/v1/lablet-sessions/${session.id}/artefacts/${artefact.sha256}`} leftSection={<IconDownload size={14} />} download>
            {artefact.size_bytes.toLocaleString('en')} bytes
          </Button>
        )}
      </Group>
      {output.error && (
        <Text size="sm" c="red">
          {output.error}
        </Text>
      )}
      {output.output && (
        <Code block mah={320} style={{ overflow: 'auto' }} tabIndex={0}>
          {output.output}
        </Code>
      )}
    </div>
  );
}
