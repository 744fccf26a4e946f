import { Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from './states';

/** What a read answered; until then its place, and what went wrong instead of it. An older answer stays on an error. */
export function Answered<T>({ query, height = 120, children }: { query: UseQueryResult<T>; height?: number; children: (answer: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton height={height} aria-label="Loading" />;
}
