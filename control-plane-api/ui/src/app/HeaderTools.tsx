import { ActionIcon, Group, Kbd, Menu, Text, Tooltip, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconLogout, IconMoon, IconSearch, IconSun, IconUser } from '@tabler/icons-react';
import type { Me } from '../api/types';
import { useMenu } from '../components/useMenu';

const SCHEMES = [
  { scheme: 'light', label: 'Light', icon: IconSun },
  { scheme: 'dark', label: 'Dark', icon: IconMoon },
  { scheme: 'auto', label: 'As the system', icon: IconDeviceDesktop },
] as const;

/** The scheme after the present one: light, dark, as the system. */
export function useNextScheme(): () => void {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const position = SCHEMES.findIndex((each) => each.scheme === colorScheme);
  return () => setColorScheme((SCHEMES[(position + 1) % SCHEMES.length] ?? SCHEMES[0]).scheme);
}

export function ColourSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const menu = useMenu();
  const present = SCHEMES.find((each) => each.scheme === colorScheme) ?? SCHEMES[2];
  return (
    <Menu {...menu}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Colours: ${present.label}`}>
          <present.icon size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map((each) => (
          <Menu.Item key={each.scheme} leftSection={<each.icon size={16} />} aria-current={each.scheme === colorScheme} fw={each.scheme === colorScheme ? 700 : undefined} onClick={() => setColorScheme(each.scheme)}>
            {each.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function FindButton({ open }: { open: () => void }) {
  return (
    <>
      <UnstyledButton onClick={open} visibleFrom="md" className="lcm-find" aria-keyshortcuts="Control+K">
        <Group gap="xs" wrap="nowrap">
          <IconSearch size={16} aria-hidden />
          <Text size="sm">Find …</Text>
          <Kbd size="xs">Ctrl K</Kbd>
        </Group>
      </UnstyledButton>
      <ActionIcon variant="subtle" color="gray" size="lg" hiddenFrom="md" aria-label="Find" onClick={open}>
        <IconSearch size={18} />
      </ActionIcon>
    </>
  );
}

export function Account({ me }: { me: Me }) {
  const menu = useMenu();
  const roles = (me.roles ?? []).join(', ');
  return (
    <Menu {...menu} position="bottom-end">
      <Menu.Target>
        <UnstyledButton aria-label={`Account of ${me.name}, ${roles}`} className="lcm-account">
          <Tooltip label={`${me.name} · ${roles}`}>
            <IconUser size={18} aria-hidden />
          </Tooltip>
          <Text size="sm" visibleFrom="lg">
            {me.name}
          </Text>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name}: {roles}
        </Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} />} component="a" href="/auth/logout">
          Log out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
