import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { FetchOptions } from 'openapi-fetch';
import type { FilterKeys, PathsWithMethod } from 'openapi-typescript-helpers';
import { answer, api } from './client';
import type { paths } from './schema.gen';

export type ReadPath = PathsWithMethod<paths, 'get'>;
type Init<P extends ReadPath> = FetchOptions<FilterKeys<paths[P], 'get'>>;
type Json<T> = T extends { responses: { 200: { content: { 'application/json': infer Body } } } } ? Body : never;
export type Answer<P extends ReadPath> = Json<FilterKeys<paths[P], 'get'>>;

interface ReadOptions {
  /** Kinds of aggregates whose events make the answer stale: it is then read again, at most once in some seconds. */
  kinds?: readonly string[];
  enabled?: boolean;
  /** For what no event tells of, such as health. */
  everyMs?: number;
  /** Show the former answer while another one, for other parameters, is on its way. */
  keep?: boolean;
}

/** One read of the API, kept by TanStack Query under its path and parameters. */
export function useApi<P extends ReadPath>(path: P, init?: Init<P>, options: ReadOptions = {}): UseQueryResult<Answer<P>> {
  return useQuery<Answer<P>>({
    queryKey: [path, (init as { params?: unknown } | undefined)?.params ?? {}],
    queryFn: ({ signal }) => read(path, init, signal),
    enabled: options.enabled ?? true,
    refetchInterval: options.everyMs ?? false,
    placeholderData: options.keep ? (keepPreviousData as never) : undefined,
    meta: { kinds: options.kinds ?? [] },
  });
}

/** As {@link useApi}, outside of components. */
export function read<P extends ReadPath>(path: P, init?: Init<P>, signal?: AbortSignal): Promise<Answer<P>> {
  return answer(api.GET(path, { ...init, signal } as never) as Promise<{ data?: Answer<P> }>);
}
