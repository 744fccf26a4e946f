import { Group, Modal, Stack, Text } from '@mantine/core';
import { PageLink } from '../../components/PageLink';
import { StatusBadge } from '../../components/StatusBadge';
import type { BulkAnswer } from './bulkActions';
import type { ListedSession } from './listedSession';

const WORDS = { done: 'done', unchanged: 'nothing to do', refused: 'refused', would_do: 'would be done' } as const;
const TONES = { done: 'good', unchanged: 'resting', refused: 'bad', would_do: 'waiting' } as const;

/** What became of each session, those that were refused first and with why. */
export function BulkResults({ answer, names, close }: { answer: BulkAnswer | null; names: ReadonlyMap<string, ListedSession>; close: () => void }) {
  return (
    <Modal opened={answer !== null} onClose={close} title="What became of each" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      {answer && (
        <Stack gap="sm">
          <Text size="sm" role="status">
            {answer.done} done, {answer.unchanged} with nothing to do, {answer.refused} refused
          </Text>
          {[...answer.results]
            .sort((one, other) => Number(other.outcome === 'refused') - Number(one.outcome === 'refused'))
            .map((result) => {
              const row = names.get(result.session_id);
              return (
                <Stack gap={2} key={result.session_id}>
                  <Group gap="xs">
                    <StatusBadge status={WORDS[result.outcome]} tone={TONES[result.outcome]} />
                    <PageLink to={`/sessions/${result.session_id}`}>{row ? `${row.definition_name} for ${row.candidate.username}` : result.session_id}</PageLink>
                    {result.status && (
                      <Text size="xs" c="dimmed">
                        was {result.status}
                      </Text>
                    )}
                  </Group>
                  {result.problem && <Text size="sm">{result.problem.detail}</Text>}
                </Stack>
              );
            })}
        </Stack>
      )}
    </Modal>
  );
}
