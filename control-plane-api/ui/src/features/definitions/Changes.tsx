import { Group, Stack, Table, Text } from '@mantine/core';
import type { Schemas } from '../../api/types';
import { StatusBadge } from '../../components/StatusBadge';
import { levelTone } from './definitionWords';

/** What differs, thing by thing, the greatest first. */
export function Changes({ changes, more = 0 }: { changes: readonly Schemas['ContentChange'][]; more?: number }) {
  if (changes.length === 0) return <Text size="sm">Nothing that has a name: white space or comments.</Text>;
  return (
    <Stack gap="xs">
      <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Changes' } }} mah={420}>
        <Table verticalSpacing={4} aria-label="Changes">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={90}>Level</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>How</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changes.map((each, index) => (
              <Table.Tr key={index} style={{ verticalAlign: 'top' }}>
                <Table.Td>
                  <StatusBadge status={each.level} tone={levelTone[each.level]} />
                </Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  <Group gap={6}>
                    <Text size="sm" c="dimmed">
                      {each.what}
                    </Text>
                    <Text size="sm">{each.name}</Text>
                  </Group>
                </Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{[each.change, each.detail].filter(Boolean).join(': ')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {more > 0 && (
        <Text size="sm" c="dimmed">
          and {more.toLocaleString('en')} more changes
        </Text>
      )}
    </Stack>
  );
}
