import { Group, Stack, Table, Text } from '@mantine/core';
import { Moment } from '../Moment';
import { StatusBadge } from '../StatusBadge';
import type { Marks, NodeMark } from './nodeMark';
import { type Drawing, type DrawnNode, neighboursOf } from './topologyWords';

/** The topology in words: every node, what is known of it, and what it is connected with. */
export function TopologyList({ drawing, marks }: { drawing: Drawing; marks: Marks }) {
  return (
    <Table.ScrollContainer minWidth={marks.size > 0 ? 660 : 480} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Nodes and links' } }}>
      <Table verticalSpacing={6} aria-label="Nodes and links">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Node</Table.Th>
            {marks.size > 0 && <Table.Th>In the lab</Table.Th>}
            <Table.Th>Connected with</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {drawing.nodes.map((node) => (
            <Table.Tr key={node.id} style={{ verticalAlign: 'top' }}>
              <Table.Td>
                <NodeName node={node} />
              </Table.Td>
              {marks.size > 0 && <Table.Td>{marks.has(node.label) && <MarkText mark={marks.get(node.label) as NodeMark} />}</Table.Td>}
              <Table.Td>
                <Neighbours drawing={drawing} nodeId={node.id} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function NodeName({ node }: { node: DrawnNode }) {
  return (
    <>
      <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
        {node.label}
      </Text>
      <Text size="xs" c="dimmed">
        {[node.node_definition, ...(node.tags ?? [])].join(' · ')}
      </Text>
    </>
  );
}

function MarkText({ mark }: { mark: NodeMark }) {
  return (
    <Stack gap={2} align="flex-start">
      <Group gap={6} wrap="nowrap">
        <StatusBadge status={mark.state} tone={mark.tone} />
        {mark.since && <Moment at={mark.since} />}
      </Group>
      {mark.facts.map(([name, value]) => (
        <Text size="xs" key={name + value}>
          {name}: {value}
        </Text>
      ))}
    </Stack>
  );
}

function Neighbours({ drawing, nodeId }: { drawing: Drawing; nodeId: string }) {
  const found = neighboursOf(drawing, nodeId);
  if (found.length === 0) return <Text size="sm">nothing</Text>;
  return found.map(({ linkId, own, label, theirs }) => (
    <Text size="sm" key={linkId + own}>
      {own} → {label} {theirs}
    </Text>
  ));
}

/** One node, as it is shown below the picture when it is chosen. */
export function ChosenNode({ drawing, marks, node }: { drawing: Drawing; marks: Marks; node: DrawnNode }) {
  const mark = marks.get(node.label);
  return (
    <Stack gap={4} role="status">
      <NodeName node={node} />
      {mark && <MarkText mark={mark} />}
      <Neighbours drawing={drawing} nodeId={node.id} />
    </Stack>
  );
}
