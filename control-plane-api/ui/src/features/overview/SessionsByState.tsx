import { Group, Paper, SimpleGrid, Skeleton, Text, UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { SESSION_STATES } from '../../api/catalogue.gen';
import type { SessionStatus } from '../../api/types';
import { sessionTone, toneColor } from '../../app/theme';
import { useLiveRows } from '../../live/useLive';

/** By the room that there is, so that INSTANTIATING, the longest, is never cut. */
const COLUMNS = { base: 2, '450px': 3, '740px': 5, '1480px': 10 };
const STATES = (SESSION_STATES as readonly SessionStatus[]).filter((state) => state !== 'TERMINATED');

/** How many live sessions stand in each state; each number leads to them. */
export function SessionsByState() {
  const sessions = useLiveRows('lablet_session');
  const counts = useMemo(() => {
    const counted = new Map<SessionStatus, number>();
    for (const session of sessions?.values() ?? []) counted.set(session.status, (counted.get(session.status) ?? 0) + 1);
    return counted;
  }, [sessions]);
  return (
    <SimpleGrid type="container" cols={COLUMNS} spacing="xs">
      {STATES.map((state) => (
        <UnstyledButton key={state} renderRoot={(props) => <Link to="/sessions" search={{ status: state } as never} {...props} />}>
          <Paper withBorder p="xs" className="lcm-tile">
            <Text fz={26} fw={650} lh={1.2} className="lcm-numbers" c={counts.get(state) ? undefined : 'dimmed'} component="div">
              {sessions ? (counts.get(state) ?? 0) : <Skeleton height="1.2em" width="1.2em" aria-label="Loading" />}
            </Text>
            <Group gap={6} wrap="nowrap">
              <span className="lcm-dot" style={{ background: `var(--mantine-color-${toneColor[sessionTone[state]]}-filled)` }} aria-hidden />
              <Text size="xs">
                {state}
              </Text>
            </Group>
          </Paper>
        </UnstyledButton>
      ))}
    </SimpleGrid>
  );
}
