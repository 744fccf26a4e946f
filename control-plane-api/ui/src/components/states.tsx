import { Alert, Button, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertTriangle, type Icon } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** Nothing to show yet: says so, and what would make something appear. */
export function EmptyState({ icon: Glyph, title, children }: { icon: Icon; title: string; children: ReactNode }) {
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

export function ErrorState({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title="This could not be loaded" maw={560} mx="auto" my="xl">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{error.message}</Text>
        <Button size="xs" variant="light" color="red" onClick={retry}>
          Try again
        </Button>
      </Stack>
    </Alert>
  );
}

export function NotFound() {
  return (
    <Stack align="center" py={64}>
      <Title order={1} size="h3">
        There is no such page
      </Title>
      <Group>
        <Button renderRoot={(props) => <Link to="/" {...props} />} variant="light">
          To the sessions
        </Button>
      </Group>
    </Stack>
  );
}
