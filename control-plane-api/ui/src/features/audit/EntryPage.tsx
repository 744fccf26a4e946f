import { Badge, Card, Code, Group, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { type Tone, toneColor } from '../../app/theme';
import { AnsweredPage } from '../../components/AnsweredPage';
import { ByWidth } from '../../components/ByWidth';
import { DefinitionList } from '../../components/DefinitionList';
import { Json } from '../../components/Json';
import { PageTitle } from '../../components/PageTitle';
import { Panel } from '../../components/Panel';
import { OutcomeBadge } from './auditColumns';
import { entryText, valueText } from './auditWords';
import { EntryFacts } from './EntryFacts';

type Detail = Schemas['AuditDetail'];
type Difference = Schemas['AuditDifference'];

/** One commit: who and why, its events, and what it changed from and to. */
export default function EntryPage() {
  const { commitId = '' } = useParams({ strict: false }) as { commitId?: string };
  const detail = useApi('/api/v1/audit/{commit_id}', { params: { path: { commit_id: commitId } } });
  return <AnsweredPage query={detail} thing="entry" back={{ to: '/audit', label: 'Audit' }}>{(found) => <Commit detail={found} />}</AnsweredPage>;
}

function Commit({ detail }: { detail: Detail }) {
  const { entry } = detail;
  return (
    <Stack gap="md">
      <PageTitle title={entryText(entry)} back={{ to: '/audit', label: 'Audit' }} badge={<OutcomeBadge outcome={entry.outcome} />} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="Who and why">
          <EntryFacts entry={entry} />
        </Panel>
        <Panel title="Events">
          {(entry.events ?? []).map((event, index) => (
            <Stack key={`${event.type} ${index}`} gap={4}>
              <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                {event.type}
              </Text>
              <Json value={event.data} label={event.type} />
            </Stack>
          ))}
        </Panel>
      </SimpleGrid>
      <Panel title="What it changed">
        <Differences differences={detail.differences} first={detail.before === null} />
      </Panel>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="Before">{detail.before ? <Json value={detail.before} label="State before" /> : <Text size="sm">It did not exist.</Text>}</Panel>
        <Panel title="After">
          <Json value={detail.after} label="State after" />
        </Panel>
      </SimpleGrid>
      <Panel title="Place in the chain">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          Hash <Code>{detail.hash}</Code> over this commit and the one before it, <Code>{detail.prev_hash}</Code>.
        </Text>
      </Panel>
    </Stack>
  );
}

const TABLE_PX = 560;
const TONES: Record<Difference['change'], Tone> = { added: 'good', removed: 'bad', changed: 'moving' };

function Differences({ differences, first }: { differences: Difference[]; first: boolean }) {
  if (differences.length === 0) return <Text size="sm">No field of the state; the event itself is the record.</Text>;
  return (
    <ByWidth
      below={TABLE_PX}
      narrow={
        <Stack gap="sm">
          {differences.map((each) => (
            <DifferenceCard key={each.path} difference={each} first={first} />
          ))}
        </Stack>
      }
      wide={<DifferenceTable differences={differences} first={first} />}
    />
  );
}

function DifferenceCard({ difference: { change, path, before, after }, first }: { difference: Difference; first: boolean }) {
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {path}
        </Text>
        <Badge variant="light" color={toneColor[TONES[change]]} style={{ flexShrink: 0 }}>
          {change}
        </Badge>
      </Group>
      <DefinitionList facts={[['Before', first ? undefined : <Written key="before" value={before} />], ['After', <Written key="after" value={after} />]]} />
    </Card>
  );
}

function Written({ value }: { value: unknown }) {
  return <span style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{valueText(value)}</span>;
}

function DifferenceTable({ differences, first }: { differences: Difference[]; first: boolean }) {
  return (
    <Table.ScrollContainer minWidth={TABLE_PX} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Changed fields' } }}>
      <Table verticalSpacing="xs" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={110}>Change</Table.Th>
            <Table.Th>Field</Table.Th>
            {!first && <Table.Th>Before</Table.Th>}
            <Table.Th>After</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differences.map((each) => (
            <Table.Tr key={each.path} style={{ verticalAlign: 'top' }}>
              <Table.Td>
                <Badge variant="light" color={toneColor[TONES[each.change]]}>
                  {each.change}
                </Badge>
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{each.path}</Table.Td>
              {!first && <Value value={each.before} />}
              <Value value={each.after} />
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Value({ value }: { value: unknown }) {
  return (
    <Table.Td>
      <Written value={value} />
    </Table.Td>
  );
}
