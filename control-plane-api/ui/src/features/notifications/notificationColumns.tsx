import { Card, Group, Stack, Text } from '@mantine/core';
import type { Schemas } from '../../api/types';
import type { Tone } from '../../app/theme';
import { Cut } from '../../components/Cut';
import { Moment } from '../../components/Moment';
import { StatusBadge } from '../../components/StatusBadge';
import type { Column } from '../../components/table/column';

export type Notification = Schemas['NotificationRecord'];

export const SEVERITIES = ['critical', 'warning'] as const satisfies readonly Notification['severity'][];

export function severityTone({ severity, active }: Pick<Notification, 'severity' | 'active'>): Tone {
  if (!active) return 'resting';
  return severity === 'critical' ? 'bad' : 'moving';
}

export function State({ of }: { of: Notification }) {
  return <StatusBadge status={of.status} tone={of.status === 'open' ? 'waiting' : of.status === 'acknowledged' ? 'moving' : 'resting'} />;
}

export const COLUMNS: Column<Notification>[] = [
  { id: 'severity', header: 'Severity', width: '7rem', cell: (row) => <StatusBadge status={row.severity} tone={severityTone(row)} /> },
  {
    id: 'what',
    header: 'What',
    width: 'minmax(16rem, 3fr)',
    cell: (row) => (
      <>
        <Cut>{row.title}</Cut>
        <Cut dimmed>{row.text}</Cut>
      </>
    ),
  },
  { id: 'about', header: 'About', from: 900, width: 'minmax(8rem, 1.5fr)', cell: (row) => <Cut>{row.subject.name || row.subject.id}</Cut> },
  { id: 'state', header: 'State', from: 720, width: '10.5rem', cell: (row) => <State of={row} /> },
  { id: 'who', header: 'Known to', from: 1100, width: '8rem', cell: (row) => (row.acknowledged ? <Cut>{row.acknowledged.by}</Cut> : null) },
  { id: 'opened', header: 'Since', width: '8rem', sort: 'opened_at', cell: (row) => <Moment at={row.opened_at} /> },
  { id: 'cleared', header: 'Until', from: 1000, width: '8rem', cell: (row) => (row.cleared_at ? <Moment at={row.cleared_at} /> : null) },
];

/** What holds has no end yet. */
export const ACTIVE_COLUMNS = COLUMNS.filter(({ id }) => id !== 'cleared');

export function NotificationCard({ row }: { row: Notification }) {
  return (
    <Card withBorder>
      <Stack gap={4}>
        <Group gap="xs">
          <StatusBadge status={row.severity} tone={severityTone(row)} />
          <State of={row} />
        </Group>
        <Text size="sm" fw={600}>
          {row.title}
        </Text>
        <Text size="xs" c="dimmed" lineClamp={3} style={{ overflowWrap: 'anywhere' }}>
          {row.text}
        </Text>
        <Moment at={row.opened_at} />
      </Stack>
    </Card>
  );
}
