import { Box, Group, Stack, Text, Tooltip } from '@mantine/core';
import type { SessionRow } from '../../api/types';
import classes from './SessionTrack.module.css';
import { type TrackStop, sessionTrack } from './track';

/** The life cycle in one line; each stop tells its state and how long it took. */
export function SessionTrack({ session, wide = false }: { session: SessionRow; wide?: boolean }) {
  const stops = sessionTrack(session, Date.now());
  return (
    <Group gap={wide ? 6 : 3} wrap={wide ? 'wrap' : 'nowrap'} role="img" aria-label={`State ${session.status}`}>
      {stops.map((stop) => (wide ? <WideStop key={stop.status} stop={stop} /> : <Dot key={stop.status} stop={stop} />))}
    </Group>
  );
}

function Dot({ stop }: { stop: TrackStop }) {
  return (
    <Tooltip label={described(stop)}>
      <Box className={classes.dot} data-passage={stop.passage} />
    </Tooltip>
  );
}

function WideStop({ stop }: { stop: TrackStop }) {
  return (
    <Stack gap={2} className={classes.stop} data-passage={stop.passage}>
      <Box className={classes.bar} data-passage={stop.passage} />
      <Text size="xs" fw={stop.passage === 'now' ? 700 : 400} c={stop.passage === 'ahead' ? 'dimmed' : undefined}>
        {stop.status}
      </Text>
      <Text size="xs" c="dimmed" className="lcm-numbers">
        {stop.seconds === null ? (stop.passage === 'skipped' ? 'left out' : '') : seconds(stop.seconds)}
      </Text>
    </Stack>
  );
}

function described(stop: TrackStop): string {
  if (stop.passage === 'skipped') return `${stop.status}: left out`;
  return stop.seconds === null ? stop.status : `${stop.status}: ${seconds(stop.seconds)}`;
}

export function seconds(amount: number): string {
  if (amount < 60) return `${amount.toFixed(1)} s`;
  if (amount < 3600) return `${Math.floor(amount / 60)} min ${Math.round(amount % 60)} s`;
  return `${Math.floor(amount / 3600)} h ${Math.round((amount % 3600) / 60)} min`;
}
