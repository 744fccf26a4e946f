import { Box, Group, Stack, Table, Text } from '@mantine/core';
import type { Schemas } from '../../api/types';
import { ScrollPart } from '../../components/ScrollPart';
import { StatusBadge } from '../../components/StatusBadge';
import { ByWidth } from '../../components/ByWidth';
import { levelTone } from './definitionWords';

type Change = Schemas['ContentChange'];
type Rows = readonly Change[];

const LIST_BELOW_PX = 480;

/** What differs, thing by thing, the greatest first. */
export function Changes({ changes, more = 0 }: { changes: Rows; more?: number }) {
  if (changes.length === 0) return <Text size="sm">Nothing that has a name: white space or comments.</Text>;
  return (
    <Stack gap="xs">
      <ScrollPart label="Changes" height="420px">
        <ByWidth below={LIST_BELOW_PX} narrow={<ChangeList changes={changes} />} wide={<ChangeTable changes={changes} />} />
      </ScrollPart>
      {more > 0 && (
        <Text size="sm" c="dimmed">
          and {more.toLocaleString('en')} more changes
        </Text>
      )}
    </Stack>
  );
}

const how = ({ change, detail }: Change) => [change, detail].filter(Boolean).join(': ');

function Level({ change: { level } }: { change: Change }) {
  return <StatusBadge status={level} tone={levelTone[level]} />;
}

function What({ change: { what, name } }: { change: Change }) {
  return (
    <Group gap={6}>
      <Text size="sm" c="dimmed">
        {what}
      </Text>
      <Text size="sm">{name}</Text>
    </Group>
  );
}

function ChangeTable({ changes }: { changes: Rows }) {
  return (
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
              <Level change={each} />
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              <What change={each} />
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{how(each)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function ChangeList({ changes }: { changes: Rows }) {
  return (
    <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {changes.map((each, index) => (
        <Box component="li" key={index} style={{ overflowWrap: 'anywhere' }}>
          <Group gap="xs" wrap="nowrap" justify="space-between" align="flex-start">
            <What change={each} />
            <Level change={each} />
          </Group>
          <Text size="sm">{how(each)}</Text>
        </Box>
      ))}
    </Stack>
  );
}
