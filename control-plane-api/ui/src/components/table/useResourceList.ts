import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { answer, api } from '../../api/client';
import type { ReadPath } from '../../api/useApi';
import type { Identified, Versioned } from '../../api/types';
import type { Rows } from '../../live/rows';
import { useLiveRows } from '../../live/useLive';
import { byInstant, mergeList } from './mergeList';

const PAGE_ROWS = 100;
/** A list of which more pages were read is not read again by itself: that would ask for all of them. */
const PAGES_READ_AGAIN = 1;

interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total?: number | null;
  total_is_exact?: boolean | null;
}

export interface ListSource<T> {
  path: ReadPath;
  /** Parameters of the path, for a list that belongs to one thing. */
  of?: Record<string, string>;
  /** Filters as the API names them; what is undefined is left out. */
  filters: Record<string, string | undefined>;
  /** Order as the API names it, such as "-created_at". */
  sort?: string;
  /** Kind of aggregate of the rows, which then carry their version: the live stream keeps them up to date. */
  kind?: string;
  /** Whether a live row belongs to the list at these filters. Needed with *kind*. */
  matches?: (row: T) => boolean;
  /** Kinds whose events change the list where its rows are no aggregates: it is then read again, while one page of it is shown. */
  rereadOn?: readonly string[];
  /** The API does not count this list. */
  uncounted?: boolean;
}

export interface ResourceList<T> {
  /** Undefined until the first answer. */
  rows: readonly T[] | undefined;
  total: number | undefined;
  totalIsExact: boolean;
  hasMore: boolean;
  loadMore: () => void;
  isLoadingMore: boolean;
  /** Rows of other filters are shown while these are being read. */
  isStale: boolean;
  error: Error | null;
  retry: () => void;
}

/** A list of the API, page by page, brought up to date by the live stream. */
export function useResourceList<T extends Identified>(source: ListSource<T>): ResourceList<T> {
  const { path, of, sort, kind, matches, rereadOn = [], uncounted = false } = source;
  const filters = useMemo(() => ({ ...source.filters }), [JSON.stringify(source.filters)]);
  const queryKey = [path, 'list', of ?? {}, filters, sort ?? ''];
  const isLong = (useQueryClient().getQueryData<InfiniteData<Page<T>>>(queryKey)?.pages.length ?? 0) > PAGES_READ_AGAIN;
  const query = useInfiniteQuery({
    queryKey,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const asked = { ...filters, sort, limit: PAGE_ROWS, cursor: pageParam ?? undefined, total: pageParam || uncounted ? undefined : true };
      return answer(api.GET(path, { params: { path: of, query: asked }, signal } as never) as unknown as Promise<{ data: Page<T> }>);
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    meta: { kinds: isLong ? [] : rereadOn },
    staleTime: 30_000,
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= PAGES_READ_AGAIN,
  });
  const live = useLiveRows(kind ?? 'none') as Rows<T & Versioned> | undefined;
  const pages = query.data?.pages;
  const fetched = useMemo(() => pages?.flatMap((page) => page.items), [pages]);
  const merged = useMemo(() => {
    if (!fetched) return undefined;
    if (!kind || !matches) return { rows: fetched, change: 0 };
    return mergeList(fetched as unknown as readonly (T & Versioned)[], live, { matches, compare: byInstant<T>(sort ?? '-created_at'), complete: !query.hasNextPage });
  }, [fetched, live, kind, matches, sort, query.hasNextPage]);
  const counted = pages?.[0]?.total;
  return {
    rows: merged?.rows,
    total: counted == null || !merged ? undefined : Math.max(counted + merged.change, merged.rows.length),
    totalIsExact: pages?.[0]?.total_is_exact ?? true,
    hasMore: query.hasNextPage,
    loadMore: () => void (query.hasNextPage && !query.isFetching && query.fetchNextPage()),
    isLoadingMore: query.isFetchingNextPage,
    isStale: query.isPlaceholderData,
    error: query.error,
    retry: () => void query.refetch(),
  };
}
