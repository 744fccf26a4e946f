import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useApi } from '../../api/useApi';
import { Answered } from '../Answered';
import { FindNode } from './FindNode';
import { type Marks, NO_MARKS } from './nodeMark';
import { ChosenNode, TopologyList } from './TopologyList';
import TopologyPicture, { type Sought } from './TopologyPicture';
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
  // A new object each time, so that a node is gone to again when it is found again.
  const [sought, seek] = useState<Sought | undefined>();
  const found = (id: string | undefined) => {
    choose(id);
    seek(id === undefined ? undefined : { id });
  };
  const node = drawing.nodes.find(({ id }) => id === chosen);
  const leftOut = drawing.left_out ?? 0;
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <SegmentedControl aria-label="How the topology is shown" data={[...VIEWS]} value={view} onChange={(value) => setView(value as typeof view)} />
          {view === 'picture' && <FindNode nodes={drawing.nodes} chosen={chosen} found={found} />}
        </Group>
        <Text size="sm" c="dimmed">
          {sizeText(drawing)}
        </Text>
      </Group>
      {view === 'list' ? <TopologyList drawing={drawing} marks={marks} /> : <TopologyPicture drawing={drawing} marks={marks} sought={sought} chosen={chosen} choose={choose} />}
      {view === 'picture' && node && <ChosenNode drawing={drawing} marks={marks} node={node} />}
      {leftOut > 0 && (
        <Text size="xs" c="dimmed">
          {leftOut === 1 ? '1 annotation is' : `${leftOut} annotations are`} not drawn.
        </Text>
      )}
    </Stack>
  );
}
