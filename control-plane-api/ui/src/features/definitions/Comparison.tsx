import { Group, Stack, Table, Text } from '@mantine/core';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { StatusBadge } from '../../components/StatusBadge';
import { Changes } from './Changes';
import { type Definition, type Difference, differingFacts, levelTone } from './definitionWords';
import { FileDiffs } from './FileDiffs';

/** What changed from one version to another: what was agreed, and the content, thing by thing and line by line. */
export function Comparison({ base, definition }: { base: Definition; definition: Definition }) {
  const comparison = useApi('/api/v1/lablet-definitions/{definition_id}/comparison', { params: { path: { definition_id: definition.id }, query: { base: base.id } } });
  const facts = differingFacts(base, definition);
  return (
    <Stack gap="md">
      {facts.length > 0 && <Facts facts={facts} base={base} definition={definition} />}
      <Answered query={comparison} height={240}>
        {({ level, changes = [], more_changes, files = [] }) =>
          level ? (
            <>
              <Group gap="xs">
                <Text size="sm" fw={600}>
                  Content
                </Text>
                <StatusBadge status={level} tone={levelTone[level]} />
              </Group>
              <Changes changes={changes} more={more_changes} />
              <FileDiffs key={`${base.id} ${definition.id}`} files={files} before={base.semantic_version} after={definition.semantic_version} />
            </>
          ) : (
            <Text size="sm">Their content is the same.</Text>
          )
        }
      </Answered>
    </Stack>
  );
}

function Facts({ facts, base, definition }: { facts: readonly Difference[]; base: Definition; definition: Definition }) {
  return (
    <Table.ScrollContainer minWidth={310} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Facts that differ' } }}>
      <Table verticalSpacing={4} layout="fixed" aria-label="Facts that differ">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={120}>Fact</Table.Th>
            <Table.Th>{base.semantic_version}</Table.Th>
            <Table.Th>{definition.semantic_version}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {facts.map(({ name, before, after }) => (
            <Table.Tr key={name} style={{ verticalAlign: 'top' }}>
              <Table.Th>{name}</Table.Th>
              <Table.Td>{before}</Table.Td>
              <Table.Td>{after}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
