import { Text } from '@mantine/core';
import type { WorkerRow } from '../../api/types';
import { Moment } from '../../components/Moment';
import { PageLink } from '../../components/PageLink';
import { Cut } from '../../components/Cut';
import type { Column } from '../../components/table/column';
import type { Rows } from '../../live/rows';
import type { ListedSession } from './listedSession';
import { SessionBadge } from './SessionBadge';
import { SessionTrack } from './SessionTrack';
import { statusLine } from './statusLine';

export function sessionColumns(workers: Rows<WorkerRow> | undefined): Column<ListedSession>[] {
  return [
    {
      id: 'lab',
      header: 'Lab',
      width: 'minmax(13rem, 2fr)',
      cell: (session) => (
        <>
          <PageLink to={`/sessions/${session.id}`} fw={600} tabIndex={-1} truncate>
            {session.definition_name}
          </PageLink>
          <Text size="xs" c="dimmed" truncate title={statusLine(session)}>
            {statusLine(session)}
          </Text>
        </>
      ),
    },
    { id: 'state', header: 'State', width: '9.5rem', cell: (session) => <SessionBadge session={session} /> },
    { id: 'learner', header: 'Learner', width: 'minmax(7rem, 1.3fr)', cell: (session) => <Cut>{session.candidate.username}</Cut> },
    { id: 'worker', header: 'Worker', from: 800, width: 'minmax(7rem, 1.3fr)', cell: (session) => <Cut>{workerName(session.worker_id, workers)}</Cut> },
    { id: 'progress', header: 'Progress', from: 950, width: '11rem', cell: (session) => <SessionTrack session={session} /> },
    { id: 'starts', header: 'Starts', from: 1080, width: '7rem', cell: (session) => <Moment at={session.timeslot.start} /> },
    { id: 'booked', header: 'Booked', from: 700, width: '7rem', sort: 'created_at', cell: (session) => <Moment at={session.created_at} /> },
  ];
}

/** Of a worker that is gone the beginning of its id; nothing while the workers are not known yet. */
function workerName(id: string | null | undefined, workers: Rows<WorkerRow> | undefined): string {
  if (!id) return '–';
  return workers ? (workers.get(id)?.name ?? id.slice(0, 8)) : '…';
}
