import { Box, Text, Tooltip } from '@mantine/core';
import { useApi } from '../../api/useApi';
import type { SessionRow } from '../../api/types';
import { duration } from '../../components/duration';
import { useNow } from '../../components/useNow';
import classes from './SessionTrack.module.css';
import { type Expected, expectedTimes, sessionTrack, type TrackStop } from './track';

/** Every state of the life cycle, with the time spent in it against what is expected. */
export function LifeCycle({ session }: { session: SessionRow }) {
  const settings = useApi('/api/v1/system/settings', {}, { kinds: ['system_settings'] });
  const now = useNow(1000, session.status !== 'TERMINATED');
  const expected = expectedTimes(session, settings.data?.policy.limits);
  return (
    <ol className={classes.way} aria-label="Life cycle">
      {sessionTrack(session, now).map((stop) => (
        <Stop key={stop.status} stop={stop} expected={expected[stop.status]} />
      ))}
    </ol>
  );
}

function Stop({ stop, expected }: { stop: TrackStop; expected: Expected | undefined }) {
  const late = expected !== undefined && stop.seconds !== null && stop.seconds > expected.seconds;
  const share = expected && stop.seconds !== null ? Math.min(100, (100 * stop.seconds) / expected.seconds) : 100;
  const filled = stop.passage === 'done' ? 100 : stop.passage === 'now' ? share : 0;
  return (
    <li className={classes.stop} aria-current={stop.passage === 'now' ? 'step' : undefined}>
      <Box className={classes.bar}>
        <Box className={classes.fill} data-passage={stop.passage} data-late={late || undefined} style={{ width: `${filled}%` }} />
      </Box>
      <Text size="xs" fw={stop.passage === 'now' ? 700 : 500} c={stop.passage === 'ahead' || stop.passage === 'skipped' ? 'dimmed' : undefined}>
        {stop.status}
      </Text>
      <Text size="xs" className="lcm-numbers" c={late ? 'red' : 'dimmed'}>
        {stop.passage === 'skipped' ? 'left out' : stop.seconds === null ? '' : duration(stop.seconds)}
      </Text>
      {expected && (
        <Tooltip label={`At the most, by ${expected.why}`}>
          <Text size="xs" className="lcm-numbers" c="dimmed">
            of {duration(expected.seconds)}
          </Text>
        </Tooltip>
      )}
    </li>
  );
}
