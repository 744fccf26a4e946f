import { Card, Group, Stack, Text } from '@mantine/core';
import { Cut } from '../../components/Cut';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import type { Column } from '../../components/table/column';
import { DefinitionBadge } from './DefinitionBadge';
import { type Definition, needsSomebody, roomText, standingText } from './definitionWords';
import { counted } from '../../components/counted';

export const DEFINITION_COLUMNS: readonly Column<Definition>[] = [
  {
    id: 'name',
    header: 'Lab',
    width: 'minmax(14rem, 2fr)',
    cell: (row) => (
      <>
        <PageLink to={`/definitions/${row.id}`} fw={600} tabIndex={-1} truncate>
          {row.name}
        </PageLink>
        <Standing row={row} />
      </>
    ),
  },
  { id: 'version', header: 'Version', width: '6rem', cell: (row) => <Text size="sm" className="lcm-numbers">{row.semantic_version}</Text> },
  { id: 'state', header: 'State', width: '9rem', cell: (row) => <DefinitionBadge definition={row} /> },
  { id: 'form', header: 'Form', from: 860, width: 'minmax(10rem, 1.6fr)', cell: (row) => <Cut>{row.form_qualified_name}</Cut> },
  { id: 'size', header: 'Nodes', from: 720, width: '5rem', align: 'end', cell: (row) => <Text size="sm" className="lcm-numbers">{row.node_count}</Text> },
  { id: 'needs', header: 'Needs', from: 1200, width: 'minmax(14rem, 2fr)', cell: (row) => <Cut>{row.content_hash ? roomText(row.requirements) : 'not known yet'}</Cut> },
  { id: 'made', header: 'Made', from: 640, width: '8rem', sort: 'created_at', cell: (row) => <Moment at={row.created_at} /> },
];

function Standing({ row }: { row: Definition }) {
  const said = standingText(row);
  if (!said) return null;
  return (
    <Text size="xs" c={needsSomebody(row) ? 'var(--mantine-color-orange-light-color)' : 'dimmed'} truncate title={said}>
      {said}
    </Text>
  );
}

export function DefinitionCard({ row }: { row: Definition }) {
  return (
    <Card withBorder padding="sm" h="100%">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <PageLink to={`/definitions/${row.id}`} fw={600} tabIndex={-1} style={{ overflowWrap: 'anywhere' }}>
            {row.name} {row.semantic_version}
          </PageLink>
          <DefinitionBadge definition={row} />
        </Group>
        <Standing row={row} />
        <Cut dimmed>{row.form_qualified_name}</Cut>
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm">
            {counted(row.node_count, 'node')}, {counted(row.link_count, 'link')}
          </Text>
          <Moment at={row.created_at} />
        </Group>
      </Stack>
    </Card>
  );
}
