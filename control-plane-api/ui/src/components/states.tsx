import { Button, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ProblemAlert } from './ProblemAlert';

/** Nothing to show yet: says so, what would make something appear, and what one can do for it. */
export function EmptyState({ icon: Glyph, title, children, action }: { icon: Icon; title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={64} ta="center">
      <ThemeIcon size={56} radius="xl" variant="light">
        <Glyph size={28} />
      </ThemeIcon>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text c="dimmed" maw={440}>
        {children}
      </Text>
      {action}
    </Stack>
  );
}

export function LoadingRows({ rows = 4 }: { rows?: number }) {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={48} />
      ))}
    </Stack>
  );
}

/** What could not be loaded, why, and a way to try again. */
export function ErrorState({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <Stack gap="sm" align="flex-start" maw={640} mx="auto" my="xl">
      <ProblemAlert error={error} />
      <Button size="xs" variant="light" onClick={retry}>
        Try again
      </Button>
    </Stack>
  );
}

export function NotFound() {
  return (
    <Stack align="center" py={64}>
      <Title order={1} size="h3">
        There is no such page
      </Title>
      <Text c="dimmed" ta="center">
        The address is not one of this system, or was one in an earlier version.
      </Text>
      <Group>
        <Button renderRoot={(props) => <Link to="/" {...props} />} variant="light">
          To the overview
        </Button>
      </Group>
    </Stack>
  );
}
