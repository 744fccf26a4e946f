import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { IconLayoutKanban } from '@tabler/icons-react';
import { useMemo } from 'react';
import { SESSION_STATES } from '../../api/catalogue.gen';
import type { SessionRow, SessionStatus } from '../../api/types';
import { NextStep } from '../../components/NextStep';
import { PageLink } from '../../components/PageLink';
import { EmptyState, LoadingRows } from '../../components/states';
import { NoMatch } from '../../components/table/NoMatch';
import { useLiveRows } from '../../live/useLive';
import { SessionCard } from './SessionCard';
import classes from './SessionBoard.module.css';

const SHOWN_PER_STATE = 30;
const STATES = (SESSION_STATES as readonly SessionStatus[]).filter((state) => state !== 'TERMINATED');

/** Live sessions by state, those that have stood there longest first: what is stuck rises to the top. */
export function SessionBoard({ matches, filtered }: { matches: (session: SessionRow) => boolean; filtered: boolean }) {
  const sessions = useLiveRows('lablet_session');
  const workers = useLiveRows('cml_worker');
  const columns = useMemo(() => byState([...(sessions?.values() ?? [])].filter(matches)), [sessions, matches]);
  if (!sessions) return <LoadingRows />;
  if (columns.size === 0 || (columns.size === 1 && columns.has('TERMINATED'))) {
    if (filtered) return <NoMatch />;
    return (
      <EmptyState icon={IconLayoutKanban} title="No session is under way" action={<NextStep needs="POST /api/v1/reservations" to="/reservations/book">Book a lab</NextStep>}>
        From its booking to its end each session stands here, in the column of its state. The table has those that are over.
      </EmptyState>
    );
  }
  return (
    <div className={classes.board} role="region" aria-label="Sessions by state" tabIndex={0}>
      <div className={classes.columns}>
        {STATES.map((state) => {
          const rows = columns.get(state) ?? [];
          return (
            <Stack key={state} gap="xs" className={classes.column} data-empty={rows.length === 0 || undefined} component="section" aria-label={state}>
              <Group gap="xs" wrap="nowrap" className={classes.head}>
                <Title order={2} size="h6">
                  {state}
                </Title>
                <Badge size="sm" variant="light" color="gray" className="lcm-numbers" style={{ flexShrink: 0 }}>
                  {rows.length}
                </Badge>
              </Group>
              {rows.slice(0, SHOWN_PER_STATE).map((session) => (
                <SessionCard key={session.id} session={session} worker={workers?.get(session.worker_id ?? '')} />
              ))}
              {rows.length === 0 && (
                <Text size="sm" c="dimmed">
                  None
                </Text>
              )}
              {rows.length > SHOWN_PER_STATE && (
                <PageLink to="/sessions" search={{ status: state }}>
                  {rows.length - SHOWN_PER_STATE} more
                </PageLink>
              )}
            </Stack>
          );
        })}
      </div>
    </div>
  );
}

export function byState(sessions: readonly SessionRow[]): Map<SessionStatus, SessionRow[]> {
  const columns = new Map<SessionStatus, SessionRow[]>();
  for (const session of sessions) columns.set(session.status, [...(columns.get(session.status) ?? []), session]);
  for (const column of columns.values()) column.sort((one, other) => one.status_changed_at.localeCompare(other.status_changed_at));
  return columns;
}
