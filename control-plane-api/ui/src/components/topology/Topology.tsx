import { Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useApi } from '../../api/useApi';
import { Answered } from '../Answered';
import { type Marks, NO_MARKS } from './nodeMark';
import { ChosenNode, TopologyList } from './TopologyList';
import TopologyPicture from './TopologyPicture';
import { type Drawing, sizeText } from './topologyWords';

const HEIGHT_PX = 420;
const VIEWS = [
  { value: 'picture', label: 'Picture' },
  { value: 'list', label: 'List' },
] as const;

interface Props {
  definitionId: string;
  /** What is known of each node, by its label. */
  marksOf?: (labels: readonly string[]) => Marks;
}

/** The topology of a definition, as a picture or in words. */
export function Topology({ definitionId, marksOf }: Props) {
  // The content of a version never changes: its drawing is read once.
  const drawing = useApi('/api/v1/lablet-definitions/{definition_id}/drawing', { params: { path: { definition_id: definitionId } } });
  return (
    <Answered query={drawing} height={HEIGHT_PX}>
      {(found) => <Shown drawing={found} marks={marksOf?.(found.nodes.map((node) => node.label)) ?? NO_MARKS} />}
    </Answered>
  );
}

export function Shown({ drawing, marks }: { drawing: Drawing; marks: Marks }) {
  const [view, setView] = useState<(typeof VIEWS)[number]['value']>('picture');
  const [chosen, choose] = useState<string | undefined>();
  const node = drawing.nodes.find(({ id }) => id === chosen);
  const leftOut = drawing.left_out ?? 0;
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <SegmentedControl aria-label="How the topology is shown" data={[...VIEWS]} value={view} onChange={(value) => setView(value as typeof view)} />
          {view === 'picture' && (
            <Select aria-label="Node" placeholder="Find a node" searchable clearable clearButtonProps={{ 'aria-label': 'No node' }} data={drawing.nodes.map(({ id, label }) => ({ value: id, label }))} value={chosen ?? null} onChange={(id) => choose(id ?? undefined)} w={190} nothingFoundMessage="No node is called so" />
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {sizeText(drawing)}
        </Text>
      </Group>
      {view === 'list' ? <TopologyList drawing={drawing} marks={marks} /> : <TopologyPicture drawing={drawing} marks={marks} chosen={chosen} choose={choose} />}
      {view === 'picture' && node && <ChosenNode drawing={drawing} marks={marks} node={node} />}
      {leftOut > 0 && (
        <Text size="xs" c="dimmed">
          {leftOut === 1 ? '1 annotation is' : `${leftOut} annotations are`} not drawn.
        </Text>
      )}
    </Stack>
  );
}
