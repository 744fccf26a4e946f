import { Card, Group, Stack, Text } from '@mantine/core';
import { Cut } from '../../components/Cut';
import { Moment } from '../../components/Moment';
import { StatusBadge } from '../../components/StatusBadge';
import type { Column } from '../../components/table/column';
import { kindText } from '../../components/thingWords';
import { type Entry, entryText, thingText, whyText } from './auditWords';

const actor = (entry: Entry) => entry.actor || 'unknown';

export const auditColumns: Column<Entry>[] = [
  { id: 'at', header: 'When', width: '8rem', cell: (entry) => <Moment at={entry.at} /> },
  {
    id: 'what',
    header: 'What',
    width: 'minmax(15rem, 3fr)',
    cell: (entry) => (
      <>
        <Cut>{entryText(entry)}</Cut>
        {whyText(entry) && <Cut dimmed>{whyText(entry) as string}</Cut>}
      </>
    ),
  },
  { id: 'who', header: 'Who', width: 'minmax(8rem, 1fr)', cell: (entry) => <Cut>{actor(entry)}</Cut> },
  { id: 'thing', header: 'Thing', from: 900, width: 'minmax(11rem, 1.5fr)', cell: (entry) => <Thing entry={entry} /> },
  { id: 'outcome', header: 'Outcome', from: 720, width: '8rem', cell: (entry) => <OutcomeBadge outcome={entry.outcome} /> },
];

/** The name, with the kind below; the id is told when one points at it, and on the page of the entry. */
function Thing({ entry }: { entry: Entry }) {
  return (
    <>
      <Cut>{thingText(entry)}</Cut>
      <Text size="xs" c="dimmed" truncate title={entry.resource_id ?? undefined}>
        {kindText(entry.resource_type)}
      </Text>
    </>
  );
}

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
        {whyText(entry) && (
          <Text size="xs" c="dimmed" lineClamp={2}>
            {whyText(entry)}
          </Text>
        )}
        <Thing entry={entry} />
        <Group justify="space-between">
          <Text size="sm">{actor(entry)}</Text>
          <Moment at={entry.at} />
        </Group>
      </Stack>
    </Card>
  );
}
