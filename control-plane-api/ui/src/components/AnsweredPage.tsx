import { SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { adviceFor, ApiError } from '../api/problems';
import { Answered } from './Answered';
import { PageLink } from './PageLink';
import { PageTitle } from './PageTitle';
import { ErrorState } from './states';

interface Props<T> {
  query: UseQueryResult<T>;
  /** What is shown, in a sentence: "session". */
  thing: string;
  /** The page that lists all of them. */
  back: { to: string; label: string; search?: Record<string, unknown> };
  children: (answer: T) => ReactNode;
}

/** The page of one thing; where it cannot be shown it says what is missing, why, and has the way back to the others. */
export function AnsweredPage<T>({ query, thing, back, children }: Props<T>) {
  if (query.data !== undefined) return <Answered query={query}>{children}</Answered>;
  if (!query.error) return <Place />;
  const gone = query.error instanceof ApiError && query.error.status === 404;
  return (
    <Stack gap="md">
      <PageTitle title={gone ? `There is no such ${thing}` : `The ${thing} cannot be shown`} back={back} />
      {gone ? <Gone error={query.error} back={back} /> : <ErrorState error={query.error} retry={() => void query.refetch()} />}
    </Stack>
  );
}

/** The place of a title and of two panels beside each other. */
function Place() {
  return (
    <Stack gap="md" aria-busy="true" aria-label="Loading">
      <Skeleton height={56} width="min(30rem, 80%)" />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Skeleton height={240} />
        <Skeleton height={240} />
      </SimpleGrid>
    </Stack>
  );
}

function Gone({ error, back }: { error: Error; back: Props<unknown>['back'] }) {
  return (
    <Stack gap="xs" align="flex-start">
      <Text style={{ overflowWrap: 'anywhere' }}>{error.message}</Text>
      <Text c="dimmed">{adviceFor(error)}</Text>
      <PageLink to={back.to} search={back.search} underline="always">
        To the list: {back.label}
      </PageLink>
    </Stack>
  );
}
