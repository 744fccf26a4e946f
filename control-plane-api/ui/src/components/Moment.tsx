import { type PointerEvent, useSyncExternalStore } from 'react';
import { instantText } from './instantText';
import classes from './Moment.module.css';
import { relativeTime } from './relativeTime';

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

/** A point in time as people say it; the exact one on hover. Plain, as a list has hundreds, and made again when its words change. */
export function Moment({ at }: { at: string }) {
  const instant = Date.parse(at);
  const words = useSyncExternalStore(subscribe, () => relativeTime(instant, Math.max(now, Date.now() - 1000)));
  return (
    <time dateTime={at} className={`lcm-numbers ${classes.moment}`} onPointerEnter={tellExactly}>
      {words}
    </time>
  );
}

function tellExactly({ currentTarget }: PointerEvent<HTMLTimeElement>): void {
  currentTarget.title = instantText(currentTarget.dateTime);
}
