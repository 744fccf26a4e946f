import { CloseButton, Group, Text, TextInput } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import { hitsOf, nextHit } from './finding';
import type { DrawnNode } from './topologyWords';

interface Props {
  nodes: readonly DrawnNode[];
  chosen: string | undefined;
  /** Called with each node that was found, again for the same one when it is asked for again; undefined when nothing is looked for any more. */
  found: (id: string | undefined) => void;
}

/** Finds nodes as one types; Enter goes to the next, Shift and Enter to the one before, Escape ends it. */
export function FindNode({ nodes, chosen, found }: Props) {
  const [said, say] = useState('');
  const hits = hitsOf(nodes, said);
  const at = hits.findIndex(({ id }) => id === chosen);
  const look = (text: string) => {
    say(text);
    found(hitsOf(nodes, text)[0]?.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      const next = nextHit(hits, chosen, event.shiftKey ? -1 : 1);
      if (next) found(next.id);
    }
    if (event.key === 'Escape' && said !== '') {
      event.stopPropagation();
      look('');
    }
  };
  return (
    <Group gap="xs">
      <TextInput
        aria-label="Find a node"
        placeholder="Find a node"
        title="Enter goes to the next, Shift and Enter to the one before"
        type="search"
        w={190}
        value={said}
        onChange={(event) => look(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        rightSection={said !== '' && <CloseButton size="sm" aria-label="No node" onClick={() => look('')} />}
      />
      <Text size="xs" c="dimmed" role="status" className="lcm-numbers">
        {said.trim() !== '' && (hits.length === 0 ? 'No node is called so' : `${at < 0 ? '' : `${at + 1} of `}${hits.length}`)}
      </Text>
    </Group>
  );
}
