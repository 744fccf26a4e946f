import { ActionIcon } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useApi } from '../api/useApi';

const MOST_SHOWN = 99;

/** How many notifications nobody has acknowledged yet; leads to them. */
export function Bell() {
  const open = useApi('/api/v1/notifications', { params: { query: { status: 'open', limit: 1, total: true } } }, { kinds: ['notification'] }).data?.total ?? 0;
  const count = open > MOST_SHOWN ? `${MOST_SHOWN}+` : String(open);
  const label = open === 0 ? 'Notifications' : `Notifications, ${count} open`;
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} pos="relative" renderRoot={(props) => <Link to="/notifications" {...props} />}>
      <IconBell size={18} />
      {open > 0 && (
        <span className="lcm-count" aria-hidden>
          {count}
        </span>
      )}
    </ActionIcon>
  );
}
