import { Group, Stack, Table, Text } from '@mantine/core';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { changesBetween, type Change, type Version } from './templateWords';

/** Who changed what, the newest first. */
export function Versions({ templateId }: { templateId: string }) {
  const versions = useApi('/api/v1/worker-templates/{template_id}/versions', { params: { path: { template_id: templateId } } }, { kinds: ['worker_template'] });
  return (
    <Panel title="Versions">
      <Answered query={versions}>
        {(all) => (
          <Stack component="ol" gap="md" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Versions">
            {all.map((version, index) => (
              <li key={version.version}>
                <VersionText version={version} before={all[index + 1]} />
              </li>
            ))}
          </Stack>
        )}
      </Answered>
    </Panel>
  );
}

export function VersionText({ version, before }: { version: Version; before: Version | undefined }) {
  const changes = before ? changesBetween(before.template, version.template, version.changed) : [];
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          Version {version.version}
        </Text>
        <Text size="sm" c="dimmed" component="div">
          by {version.by || 'unknown'} <Moment at={version.at} />
        </Text>
      </Group>
      {changes.length > 0 && <Changes changes={changes} version={version.version} />}
      {changes.length === 0 && <Text size="sm">{before ? 'It says the same as the version before.' : 'The oldest version that is shown.'}</Text>}
    </Stack>
  );
}

function Changes({ changes, version }: { changes: readonly Change[]; version: number }) {
  return (
    <Table.ScrollContainer minWidth={420} scrollAreaProps={{ tabIndex: 0 }}>
      <Table aria-label={`What version ${version} changed`} verticalSpacing={4} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Term</Table.Th>
            <Table.Th>Before</Table.Th>
            <Table.Th>Since then</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map((change) => (
            <Table.Tr key={change.term}>
              <Table.Td>{change.term}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{change.before}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{change.now}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
