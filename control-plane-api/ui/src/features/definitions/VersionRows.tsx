import { Card, Code, Group, Stack, Table, Text } from '@mantine/core';
import { ByWidth } from '../../components/ByWidth';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { DefinitionBadge } from './DefinitionBadge';
import type { Definition } from './definitionWords';

const CARDS_BELOW_PX = 520;

interface Props {
  versions: readonly Definition[];
  /** Id of the one whose page it is. */
  current: string;
}

/** Every version of a lab: as a table, and as cards where there is little width. */
export function VersionRows({ versions, current }: Props) {
  return <ByWidth below={CARDS_BELOW_PX} narrow={<VersionCards versions={versions} current={current} />} wide={<VersionTable versions={versions} current={current} />} />;
}

function Number({ version, current }: { version: Definition; current: string }) {
  if (version.id !== current) return <PageLink to={`/definitions/${version.id}`} search={{ tab: 'versions' }}>{version.semantic_version}</PageLink>;
  return (
    <Text size="sm" fw={700} className="lcm-numbers">
      {version.semantic_version}
    </Text>
  );
}

function Content({ version: { content_hash } }: { version: Definition }) {
  return content_hash ? <Code>{content_hash.slice(0, 12)}</Code> : 'none yet';
}

function VersionTable({ versions, current }: Props) {
  return (
    <Table verticalSpacing={6} aria-label="Versions">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Version</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th>Content</Table.Th>
          <Table.Th>Made</Table.Th>
          <Table.Th>By</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {versions.map((each) => (
          <Table.Tr key={each.id} aria-current={each.id === current || undefined}>
            <Table.Td className="lcm-numbers">
              <Number version={each} current={current} />
            </Table.Td>
            <Table.Td>
              <DefinitionBadge definition={each} />
            </Table.Td>
            <Table.Td>
              <Content version={each} />
            </Table.Td>
            <Table.Td>
              <Moment at={each.created_at} />
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{each.created_by}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function VersionCards({ versions, current }: Props) {
  return (
    <Stack gap="xs" role="list" aria-label="Versions">
      {versions.map((each) => (
        <Card key={each.id} withBorder padding="sm" role="listitem" aria-current={each.id === current || undefined}>
          <Group justify="space-between" wrap="nowrap">
            <Number version={each} current={current} />
            <DefinitionBadge definition={each} />
          </Group>
          <Text size="sm" c="dimmed" component="div" style={{ overflowWrap: 'anywhere' }}>
            <Moment at={each.created_at} />, by {each.created_by}
          </Text>
          <Text size="sm" component="div">
            Content: <Content version={each} />
          </Text>
        </Card>
      ))}
    </Stack>
  );
}
