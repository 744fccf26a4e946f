import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useAction, useAllowed } from '../../actions/useAction';
import type { Schemas } from '../../api/types';
import { useApi } from '../../api/useApi';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';
import { StatusBadge } from '../../components/StatusBadge';
import { EmptyState } from '../../components/states';
import { Changes } from './Changes';
import { type Definition, levelTone } from './definitionWords';
import { FileDiffs } from './FileDiffs';
import { proposalActions } from './proposalActions';

/** Content of the bucket that this version does not have, with all that changed, and what an admin says to it. */
export function Proposal({ definition }: { definition: Definition }) {
  if (!definition.proposal) {
    return (
      <EmptyState icon={IconCircleCheck} title="Nothing is proposed">
        When the bucket holds other content than this version has, what changed is shown here, and an admin makes it a version or rejects it.
      </EmptyState>
    );
  }
  return <Open key={definition.proposal.content_hash} definition={definition} />;
}

function Open({ definition }: { definition: Definition }) {
  const proposed = useApi('/api/v1/lablet-definitions/{definition_id}/proposal', { params: { path: { definition_id: definition.id } } }, { kinds: ['lablet_definition'] });
  return (
    <Answered query={proposed} height={320}>
      {(found) => <Shown definition={definition} proposed={found} />}
    </Answered>
  );
}

export function Shown({ definition, proposed }: { definition: Definition; proposed: Schemas['ProposedVersion'] }) {
  const ask = useAction();
  const navigate = useNavigate();
  const { proposal, current_version } = proposed;
  const actions = useAllowed(proposalActions(definition, proposed, (made) => void navigate({ to: `/definitions/${made.id}` as string })));
  return (
    <Panel title={`${current_version} → ${proposal.semantic_version}`} aside={<StatusBadge status={proposal.level} tone={levelTone[proposal.level]} />}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" component="div">
          Content <Code>{proposal.content_hash.slice(0, 12)}</Code>, found <Moment at={proposal.proposed_at} />
        </Text>
        <Group gap="xs">
          {actions.map((action) => (
            <Button key={action.label} size="sm" variant={action.destructive ? 'default' : 'filled'} onClick={() => ask(action)}>
              {action.label}
            </Button>
          ))}
        </Group>
      </Group>
      {actions.length === 0 && (
        <Text size="sm" c="dimmed">
          An admin decides whether it becomes a version.
        </Text>
      )}
      <Stack gap="md">
        <Changes changes={proposal.changes} more={proposal.more_changes} />
        <FileDiffs files={proposed.files} before={current_version} after={proposal.semantic_version} />
      </Stack>
    </Panel>
  );
}
