import { Text } from '@mantine/core';
import type { WorkerRow } from '../../api/types';
import { PageLink } from '../../components/PageLink';
import { zonedSlotText } from '../../components/booking/slotText';
import { Panel } from '../../components/Panel';
import { useLiveRows } from '../../live/useLive';
import classes from './WorkerSessions.module.css';
import { spanOf, withinReach } from './timeline';

const EDGE: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' };
const edge = (at: number) => new Date(at).toLocaleString('en-GB', EDGE);

/** Who holds room on it, over time: bars from the first beginning to the last end within a day, and a line at now. */
export function WorkerSessions({ worker }: { worker: WorkerRow }) {
  const sessions = useLiveRows('lablet_session');
  const allocations = (worker.allocations ?? []).toSorted((one, other) => one.interval.start.localeCompare(other.interval.start));
  const { shown, later } = withinReach(allocations, Date.now());
  const span = spanOf(shown.map((each) => each.interval), Date.now());
  return (
    <Panel title="Sessions on it" aside={<PageLink to="/sessions" search={{ worker_id: worker.id }}>All</PageLink>}>
      {allocations.length === 0 && (
        <Text size="sm" c="dimmed">
          Nobody holds room on it.
        </Text>
      )}
      {allocations.length > 0 && (
        <div>
          {shown.map((each) => {
            const session = sessions?.get(each.session_id);
            const { left, width } = span.place(each.interval);
            return (
              <div key={each.session_id} className={classes.lane}>
                <PageLink to={`/sessions/${each.session_id}`} truncate className={classes.name}>
                  {session ? `${session.definition_name}, ${session.candidate.username}` : each.session_id.slice(0, 8)}
                </PageLink>
                <div className={classes.track} role="img" aria-label={`${zonedSlotText(each.interval)}${each.granted === false ? ', promised' : ''}`}>
                  <div className={classes.bar} data-promised={each.granted === false || undefined} style={{ left: `${left}%`, width: `${width}%` }} />
                  <div className={classes.now} style={{ left: `${span.now}%` }} aria-hidden />
                </div>
              </div>
            );
          })}
          <div className={classes.lane}>
            <span />
            <div className={classes.scale}>
              <span>{edge(span.start)}</span>
              <span>{edge(span.end)}</span>
            </div>
          </div>
          {later > 0 && (
            <Text size="xs" c="dimmed" mt={4}>
              {later.toLocaleString('en')} more {later === 1 ? 'begins' : 'begin'} later than in a day; the list of all has them.
            </Text>
          )}
        </div>
      )}
    </Panel>
  );
}
