import { AppShell, Box, Burger, Center, Group, Image, Loader, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { ActionProvider } from '../actions/useAction';
import { MeContext, useMay } from '../api/access';
import { answer, api } from '../api/client';
import { ApiError } from '../api/problems';
import type { Me } from '../api/types';
import { ConnectionBadge } from '../components/ConnectionBadge';
import { later } from '../components/later';
import { ErrorState } from '../components/states';
import { useLiveStream } from '../live/useLive';
import { Bell } from './Bell';
import { Account, ColourSwitch, FindButton } from './HeaderTools';
import { Navigation } from './Navigation';
import { useExtras } from './useExtras';

const Notices = lazy(() => import('./Notices'));
const LogIn = later(async () => (await import('./LogIn')).LogIn);

export function Shell() {
  const me = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => answer(api.GET('/auth/me', { signal })), staleTime: 60_000 });
  if (me.isPending) {
    return (
      <Center h="100vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (me.error instanceof ApiError && me.error.status === 401) return <LogIn />;
  if (me.error) {
    return (
      <Box px="md">
        <ErrorState error={me.error} retry={() => void me.refetch()} />
      </Box>
    );
  }
  if (!me.data.authenticated) return <LogIn />;
  return <LoggedIn me={me.data} />;
}

function LoggedIn({ me }: { me: Me }) {
  return (
    <MeContext value={me}>
      <ActionProvider>
        <Frame me={me} />
      </ActionProvider>
      <Suspense>
        <Notices />
      </Suspense>
    </MeContext>
  );
}

function Frame({ me }: { me: Me }) {
  const [opened, { toggle, close }] = useDisclosure();
  const may = useMay();
  useLiveStream();
  const { openPalette, extras } = useExtras();
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="md">
      <a href="#page" className="lcm-skip">
        To the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" aria-expanded={opened} />
            <Image src="/favicon.svg" w={26} alt="" />
            <Text fw={650} visibleFrom="sm" style={{ whiteSpace: 'nowrap' }}>
              Lablet Cloud Manager
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ConnectionBadge />
            <FindButton open={openPalette} />
            {may('GET /api/v1/notifications') && <Bell />}
            <ColourSwitch />
            <Account me={me} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        <Box maw="var(--lcm-page-width)" mx="auto">
          <Outlet />
        </Box>
      </AppShell.Main>
      {extras}
    </AppShell>
  );
}
