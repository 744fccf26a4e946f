import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { SessionRow, Versioned, WorkerRow } from '../api/types';
import { type ConnectionState, follow } from './connection';
import { newer, type Rows } from './rows';
import { type Happening, happeningsKey, LiveStore, liveKey } from './store';

export interface LiveKinds {
  lablet_session: SessionRow;
  cml_worker: WorkerRow;
  [kind: string]: Versioned;
}

export interface Connection {
  state: ConnectionState;
  /** Milliseconds since the epoch at which it became so. */
  since: number;
}

const connectionKey = ['live', 'connection'] as const;

/** The one stream of the page, open for as long as the shell is mounted. */
export function useLiveStream(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const leaving = new AbortController();
    const store = new LiveStore(queries);
    const state = (state: ConnectionState) => {
      queries.setQueryData<Connection>(connectionKey, { state, since: Date.now() });
      if (state === 'ended') void queries.invalidateQueries({ queryKey: ['me'] });
    };
    void follow({ message: (message) => store.take(message), state }, leaving.signal);
    return () => {
      leaving.abort();
      store.close();
    };
  }, [queries]);
}

export function useConnection(): Connection {
  return useKept<Connection>(connectionKey) ?? { state: 'connecting', since: Date.now() };
}

/** Live rows of a kind; undefined until the first snapshot or event has come. */
export function useLiveRows<K extends keyof LiveKinds>(kind: K): Rows<LiveKinds[K]> | undefined {
  return useKept<Rows<LiveKinds[K]>>(liveKey(kind as string));
}

/** The live row of one thing; renders again only when that thing changes. */
export function useLiveRow<K extends keyof LiveKinds>(kind: K, id: string | null | undefined): LiveKinds[K] | undefined {
  return useQuery({
    queryKey: liveKey(kind as string),
    queryFn: never,
    enabled: false,
    staleTime: Infinity,
    gcTime: Infinity,
    structuralSharing: false,
    select: (rows: Rows<LiveKinds[K]>) => rows.get(id ?? ''),
  }).data;
}

/** *fetched*, unless the stream brought something newer. */
export function useNewest<T extends Versioned>(kind: string, fetched: T | undefined): T | undefined {
  const live = useLiveRow(kind, fetched?.id) as T | undefined;
  return useMemo(() => (fetched ? newer(live, fetched) : undefined), [live, fetched]);
}

/** What happened last, the newest first. */
export function useHappenings(): readonly Happening[] {
  return useKept<Happening[]>(happeningsKey) ?? [];
}

function useKept<T>(key: readonly string[]): T | undefined {
  const kept = { queryKey: key, queryFn: never, enabled: false, staleTime: Infinity, gcTime: Infinity, structuralSharing: false } as const;
  return useQuery<T>(kept).data;
}

function never(): never {
  throw new Error('The live stream writes this; nobody reads it');
}
