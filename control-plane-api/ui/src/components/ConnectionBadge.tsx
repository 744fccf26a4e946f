import { Badge, Tooltip } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { type Connection, useConnection } from '../live/useLive';

const PATIENCE_MS = 10_000;

const SHOWN = {
  live: { color: 'teal', label: 'Live', hint: 'Everything on this page follows the system as it changes.' },
  connecting: { color: 'gray', label: 'Connecting', hint: 'The live stream is being opened.' },
  reconnecting: { color: 'yellow', label: 'Reconnecting', hint: 'The live stream was interrupted. It goes on by itself where it stopped.' },
  stale: { color: 'orange', label: 'Stale', hint: 'What you see was right when the live stream broke, and may be out of date. It catches up by itself.' },
  refused: { color: 'red', label: 'Not allowed', hint: 'Your roles do not let you follow the system. What you see is read when a page is opened.' },
  ended: { color: 'red', label: 'Logged out', hint: 'The login has ended. Log in again to go on.' },
} as const;

/** Whether what is seen is live; after {@link PATIENCE_MS} without it, that what is seen is stale. */
export function ConnectionBadge() {
  const { color, label, hint } = SHOWN[useShown(useConnection())];
  return (
    <div className="lcm-connection">
      <Tooltip label={hint} multiline maw={260}>
        <Badge color={color} variant="dot" role="status" style={{ flexShrink: 0 }}>
          {label}
        </Badge>
      </Tooltip>
    </div>
  );
}

function useShown({ state, since }: Connection): keyof typeof SHOWN {
  const [now, setNow] = useState(Date.now);
  const clock = useInterval(() => setNow(Date.now()), 1000);
  const waits = state === 'reconnecting';
  useEffect(() => {
    if (waits) clock.start();
    return clock.stop;
  }, [waits, clock.start, clock.stop]);
  return waits && now - since > PATIENCE_MS ? 'stale' : state;
}
