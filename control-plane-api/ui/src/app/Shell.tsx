import {
  ActionIcon,
  Alert,
  AppShell,
  Box,
  Burger,
  Button,
  Center,
  Group,
  Image,
  Loader,
  NavLink,
  Stack,
  Text,
  Title,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFlask, IconLogout, IconMoon, IconServer2, IconSun } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { ApiError, getJson } from '../api/client';
import type { Me } from '../api/types';
import { ConnectionBadge } from '../components/ConnectionBadge';
import { ErrorState } from '../components/states';
import { useLiveStream } from '../live/useLive';

export function Shell() {
  const me = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => getJson<Me>('/auth/me', signal) });
  if (me.isPending) {
    return (
      <Center h="100vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (me.error instanceof ApiError && me.error.status === 401) return <LogIn />;
  if (me.error) return <ErrorState error={me.error} retry={() => void me.refetch()} />;
  if (!me.data.authenticated) return <LogIn />;
  return <LoggedIn me={me.data} />;
}

function LogIn() {
  const refused = new URLSearchParams(window.location.search).has('error');
  const next = window.location.pathname === '/login' ? '/' : window.location.pathname + window.location.search;
  return (
    <Center h="100vh" p="md">
      <Stack align="center" gap="md" maw={420}>
        <Image src="/favicon.svg" w={56} alt="" />
        <Title order={1} size="h2" ta="center">
          Lablet Cloud Manager
        </Title>
        <Text c="dimmed" ta="center">
          Hands-on network labs, booked, delivered, graded and given back.
        </Text>
        {refused && (
          <Alert color="red" title="The login did not succeed">
            It was refused, or took too long. Try again.
          </Alert>
        )}
        <Button component="a" href={`/auth/login?next=${encodeURIComponent(next)}`} size="md">
          Log in
        </Button>
      </Stack>
    </Center>
  );
}

function LoggedIn({ me }: { me: Me }) {
  const [opened, { toggle, close }] = useDisclosure();
  useLiveStream();
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <Image src="/favicon.svg" w={26} alt="" />
            <Text fw={650} visibleFrom="xs" style={{ whiteSpace: 'nowrap' }}>
              Lablet Cloud Manager
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ConnectionBadge />
            <ColorSchemeSwitch />
            <Account me={me} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main>
        <Box maw="var(--lcm-page-width)" mx="auto">
          <Outlet />
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}

function Navigation({ onNavigate }: { onNavigate: () => void }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <>
      <NavLink
        renderRoot={(props) => <Link to="/sessions" search={{ show: 'live' }} {...props} />}
        label="Sessions"
        leftSection={<IconFlask size={18} />}
        active={path.startsWith('/sessions')}
        onClick={onNavigate}
      />
      <NavLink
        renderRoot={(props) => <Link to="/workers" {...props} />}
        label="Workers"
        leftSection={<IconServer2 size={18} />}
        active={path.startsWith('/workers')}
        onClick={onNavigate}
      />
    </>
  );
}

function ColorSchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const label = dark ? 'Light colours' : 'Dark colours';
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
        {dark ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  );
}

function Account({ me }: { me: Me }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Text size="sm" visibleFrom="sm">
        {me.name}{" "}
        <Text span c="dimmed" size="sm">
          {me.roles.join(", ")}
        </Text>
      </Text>
      <Tooltip label="Log out">
        <ActionIcon variant="subtle" color="gray" component="a" href="/auth/logout" aria-label="Log out">
          <IconLogout size={18} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
