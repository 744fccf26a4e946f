import { Box, Group, Tooltip } from '@mantine/core';
import type { SessionRow } from '../../api/types';
import { duration } from '../../components/duration';
import classes from './SessionTrack.module.css';
import { sessionTrack, type TrackStop } from './track';

/** The life cycle in one line of dots. */
export function SessionTrack({ session }: { session: SessionRow }) {
  return (
    <Group gap={3} wrap="nowrap" role="img" aria-label={`State ${session.status}`}>
      {sessionTrack(session, Date.now()).map((stop) => (
        <Tooltip key={stop.status} label={described(stop)}>
          <Box className={classes.dot} data-passage={stop.passage} />
        </Tooltip>
      ))}
    </Group>
  );
}

function described(stop: TrackStop): string {
  if (stop.passage === 'skipped') return `${stop.status}: left out`;
  return stop.seconds === null ? stop.status : `${stop.status}: ${duration(stop.seconds)}`;
}
