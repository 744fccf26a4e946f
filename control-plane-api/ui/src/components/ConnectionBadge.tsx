import { Badge, Tooltip } from '@mantine/core';
import { useConnection } from '../live/useLive';

const SHOWN = {
  live: { color: 'teal', label: 'Live', hint: 'Everything on this page follows the system as it changes.' },
  connecting: { color: 'yellow', label: 'Reconnecting', hint: 'What you see may be out of date; it catches up by itself.' },
  lost: { color: 'red', label: 'Not live', hint: 'The live stream was refused. Reload the page, or log in again.' },
} as const;

export function ConnectionBadge() {
  const { color, label, hint } = SHOWN[useConnection()];
  return (
    <Tooltip label={hint} multiline maw={260}>
      <Badge color={color} variant="dot" role="status">
        {label}
      </Badge>
    </Tooltip>
  );
}
