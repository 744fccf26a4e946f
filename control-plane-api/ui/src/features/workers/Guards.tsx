import { Stack, Text } from '@mantine/core';
import { useApi } from '../../api/useApi';
import type { Schemas, WorkerRow } from '../../api/types';
import { Answered } from '../../components/Answered';
import { GuardAnswers } from '../../components/GuardAnswers';
import { Moment } from '../../components/Moment';
import { Panel } from '../../components/Panel';

/** Whether the worker may be scaled down, and each guard's answer, as it was last judged. */
export function Guards({ worker }: { worker: WorkerRow }) {
  const standing = useApi('/api/v1/workers/{worker_id}/scale-down', { params: { path: { worker_id: worker.id } } }, { kinds: ['cml_worker'], everyMs: 30_000 });
  return (
    <Panel title="Scale-down">
      <Answered query={standing}>
        {({ scale_down, retention }) => (
          <Stack gap="sm">
            {!scale_down && !retention && (
              <Text size="sm" c="dimmed">
                Nobody has judged it yet. A worker is judged while it runs, again and again.
              </Text>
            )}
            {scale_down && <Judged decision={scale_down} />}
            {retention && <Judged decision={retention} />}
          </Stack>
        )}
      </Answered>
    </Panel>
  );
}

function Judged({ decision }: { decision: Schemas['ScalingDecision'] }) {
  return (
    <Stack gap={6}>
      <Text size="sm">
        {decision.summary} <Moment at={decision.last_seen_at ?? decision.at} />
      </Text>
      <GuardAnswers answers={decision.answers ?? []} agrees="lets it go" refuses="keeps it" />
    </Stack>
  );
}
