import { Card, Group, Stack, Text } from '@mantine/core';
import { Cut } from '../../components/Cut';
import { Moment } from '../../components/Moment';
import { StatusBadge } from '../../components/StatusBadge';
import type { Column } from '../../components/table/column';
import { type Entry, entryText } from './auditWords';

const actor = (entry: Entry) => entry.actor || 'unknown';
const thing = (entry: Entry) => [entry.resource_type?.replaceAll('_', ' '), entry.resource_id].filter(Boolean).join(' ') || '–';

export const auditColumns: Column<Entry>[] = [
  { id: 'at', header: 'When', width: '8rem', cell: (entry) => <Moment at={entry.at} /> },
  {
    id: 'what',
    header: 'What',
    width: 'minmax(15rem, 3fr)',
    cell: (entry) => (
      <>
        <Cut>{entryText(entry)}</Cut>
        {entry.reason && <Cut dimmed>{entry.reason}</Cut>}
      </>
    ),
  },
  { id: 'who', header: 'Who', width: 'minmax(8rem, 1fr)', cell: (entry) => <Cut>{actor(entry)}</Cut> },
  { id: 'thing', header: 'Thing', from: 900, width: 'minmax(11rem, 1.5fr)', cell: (entry) => <Cut>{thing(entry)}</Cut> },
  { id: 'outcome', header: 'Outcome', from: 720, width: '8rem', cell: (entry) => <OutcomeBadge outcome={entry.outcome} /> },
];

export function OutcomeBadge({ outcome }: Pick<Entry, 'outcome'>) {
  return <StatusBadge status={outcome} tone={outcome === 'refused' ? 'bad' : 'good'} />;
}

export function AuditCard({ entry }: { entry: Entry }) {
  return (
    <Card withBorder>
      <Stack gap={4}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Text size="sm" fw={600} lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
            {entryText(entry)}
          </Text>
          <OutcomeBadge outcome={entry.outcome} />
        </Group>
        {entry.reason && (
          <Text size="xs" c="dimmed" lineClamp={2}>
            {entry.reason}
          </Text>
        )}
        <Cut dimmed>{thing(entry)}</Cut>
        <Group justify="space-between">
          <Text size="sm">{actor(entry)}</Text>
          <Moment at={entry.at} />
        </Group>
      </Stack>
    </Card>
  );
}
