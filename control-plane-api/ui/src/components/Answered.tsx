import { Alert, Button, Group, Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from './states';

/** What a read answered; until then its place, and what went wrong instead of it. An older answer stays on an error, which is told above it. */
export function Answered<T>({ query, height = 120, children }: { query: UseQueryResult<T>; height?: number; children: (answer: T) => ReactNode }) {
  const retry = () => void query.refetch();
  if (query.data !== undefined) {
    return (
      <>
        {query.error && <NotUpToDate error={query.error} retry={retry} />}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <ErrorState error={query.error} retry={retry} />;
  return <Skeleton height={height} aria-label="Loading" />;
}

/** What is seen was right once; why it could not be read again. */
export function NotUpToDate({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <Alert color="orange" variant="light" py={6} role="status">
      <Group gap="xs" justify="space-between">
        Not up to date: {error.message}
        <Button size="compact-xs" variant="light" color="orange" onClick={retry}>
          Try again
        </Button>
      </Group>
    </Alert>
  );
}
