import { Text, Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { relativeTime } from './relativeTime';
import { instantText } from './instantText';

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for the whole page: it ticks only while somebody shows a relative time. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const notify of listeners) notify();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** A point in time as people say it; the exact one on hover. */
export function Moment({ at }: { at: string }) {
  const current = useSyncExternalStore(subscribe, () => now);
  const moment = new Date(at);
  return (
    <Tooltip label={instantText(at)}>
      <Text component="time" dateTime={at} size="sm" c="dimmed" className="lcm-numbers" style={{ whiteSpace: 'nowrap' }}>
        {relativeTime(moment.getTime(), Math.max(current, Date.now() - 1000))}
      </Text>
    </Tooltip>
  );
}
