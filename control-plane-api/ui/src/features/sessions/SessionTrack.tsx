import { Group } from '@mantine/core';
import type { SessionRow } from '../../api/types';
import { duration } from '../../components/duration';
import classes from './SessionTrack.module.css';
import { sessionTrack, type TrackStop } from './track';

/** The life cycle in one line of dots; plain ones, as a list has hundreds of them. */
export function SessionTrack({ session }: { session: Pick<SessionRow, 'status' | 'state_history'> }) {
  return (
    <Group gap={3} wrap="nowrap" role="img" aria-label={`State ${session.status}`}>
      {sessionTrack(session, Date.now()).map((stop) => (
        <span key={stop.status} title={described(stop)} className={classes.dot} data-passage={stop.passage} />
      ))}
    </Group>
  );
}

function described(stop: TrackStop): string {
  if (stop.passage === 'skipped') return `${stop.status}: left out`;
  // How long the present one lasts would be old by the time that somebody reads it.
  return stop.seconds === null || stop.passage === 'now' ? stop.status : `${stop.status}: ${duration(stop.seconds)}`;
}
