import { Text } from '@mantine/core';
import type { WorkerRow } from '../../api/types';
import { PageLink } from '../../components/PageLink';
import { Panel } from '../../components/Panel';
import { useLiveRows } from '../../live/useLive';
import classes from './WorkerSessions.module.css';
import { spanOf } from './timeline';

/** Who holds room on it, over time: bars from the first beginning to the last end, and a line at now. */
export function WorkerSessions({ worker }: { worker: WorkerRow }) {
  const sessions = useLiveRows('lablet_session');
  const allocations = (worker.allocations ?? []).toSorted((one, other) => one.interval.start.localeCompare(other.interval.start));
  const span = spanOf(allocations.map((each) => each.interval), Date.now());
  return (
    <Panel title="Sessions on it" aside={<PageLink to="/sessions" search={{ worker_id: worker.id }}>All</PageLink>}>
      {allocations.length === 0 && (
        <Text size="sm" c="dimmed">
          Nobody holds room on it.
        </Text>
      )}
      {allocations.length > 0 && (
        <div>
          {allocations.map((each) => {
            const session = sessions?.get(each.session_id);
            const { left, width } = span.place(each.interval);
            return (
              <div key={each.session_id} className={classes.lane}>
                <PageLink to={`/sessions/${each.session_id}`} truncate className={classes.name}>
                  {session ? `${session.definition_name}, ${session.candidate.username}` : each.session_id.slice(0, 8)}
                </PageLink>
                <div className={classes.track} role="img" aria-label={`${new Date(each.interval.start).toLocaleString()} to ${new Date(each.interval.end).toLocaleString()}${each.granted === false ? ', promised' : ''}`}>
                  <div className={classes.bar} data-promised={each.granted === false || undefined} style={{ left: `${left}%`, width: `${width}%` }} />
                  <div className={classes.now} style={{ left: `${span.now}%` }} aria-hidden />
                </div>
              </div>
            );
          })}
          <div className={classes.lane}>
            <span />
            <div className={classes.scale}>
              <span>{new Date(span.start).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}</span>
              <span>{new Date(span.end).toLocaleString([], { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })}</span>
            </div>
          </div>
        </div>
      )}
    </Panel>
  );
}
