import { Button, Menu, Stack, Text } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useMenu } from '../components/useMenu';
import type { Action } from './action';
import { useAction, useAllowed } from './useAction';

/** All that the person may do to a thing. What cannot be done now says why; nothing is shown when nothing is allowed. */
export function ActionMenu({ actions, label = 'Actions' }: { actions: readonly Action[]; label?: string }) {
  const ask = useAction();
  const menu = useMenu();
  const allowed = useAllowed(actions);
  if (allowed.length === 0) return null;
  return (
    <Menu {...menu} position="bottom-end" width={300}>
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={16} />} style={{ flexShrink: 0 }}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah="70vh" style={{ overflowY: 'auto' }}>
        {allowed.map((action) => (
          <Menu.Item
            key={action.label}
            className={action.blocked ? 'lcm-blocked' : action.destructive ? 'lcm-destructive' : undefined}
            disabled={action.blocked !== undefined}
            onClick={() => ask(action)}
          >
            <Stack gap={0}>
              {action.label}
              {action.blocked && (
                <Text size="xs" component="span">
                  {action.blocked}
                </Text>
              )}
            </Stack>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
