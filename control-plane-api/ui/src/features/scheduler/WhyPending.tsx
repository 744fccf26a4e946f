import { Drawer, Stack, Text } from '@mantine/core';
import { Answered } from '../../components/Answered';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Candidates } from './Candidates';
import { useNewestDecision } from './useNewestDecision';

/** Why a session is not placed: the newest decision about it, worker by worker. */
export function WhyPending({ sessionId, close }: { sessionId: string | undefined; close: () => void }) {
  return (
    <Drawer opened={sessionId !== undefined} onClose={close} position="right" size="lg" title="Why it is pending" closeButtonProps={{ 'aria-label': 'Close' }}>
      {sessionId && <Verdict sessionId={sessionId} />}
    </Drawer>
  );
}

function Verdict({ sessionId }: { sessionId: string }) {
  const newest = useNewestDecision({ session_id: sessionId }, { kinds: ['lablet_session'], everyMs: 10_000 });
  return (
    <Stack gap="md">
      <PageLink to={`/sessions/${sessionId}`}>Show the session</PageLink>
      <Answered query={newest}>
        {({ items: [decision] }) =>
          decision ? (
            <>
              <Stack gap={2}>
                <Text fw={500}>{decision.summary}</Text>
                <Text size="sm" c="dimmed" component="div">
                  Looked at <Moment at={decision.at} />
                </Text>
              </Stack>
              <PageLink to={`/scheduler/decisions/${decision.id}`}>Show the whole decision</PageLink>
              <Candidates candidates={decision.candidates ?? []} />
            </>
          ) : (
            <Text>The scheduler has not looked at it yet.</Text>
          )
        }
      </Answered>
    </Stack>
  );
}
