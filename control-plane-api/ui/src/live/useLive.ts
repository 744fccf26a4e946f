import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { SessionRow, Versioned, WorkerRow } from '../api/types';
import type { Rows } from './rows';
import { type Connection, connectionKey, followStream, sessionsKey, workersKey } from './stream';

/** Keeps the live stream open for as long as the component is mounted. */
export function useLiveStream(): void {
  const queries = useQueryClient();
  useEffect(() => followStream(queries), [queries]);
}

/** Rows are undefined until the first snapshot has arrived. */
function useRows<T extends Versioned>(key: readonly string[]): Rows<T> | undefined {
  return useQuery<Rows<T>>({ queryKey: key, enabled: false, staleTime: Infinity, gcTime: Infinity }).data;
}

export const useSessions = () => useRows<SessionRow>(sessionsKey);
export const useWorkers = () => useRows<WorkerRow>(workersKey);

export function useConnection(): Connection {
  const { data } = useQuery<Connection>({ queryKey: connectionKey, enabled: false, initialData: 'connecting' });
  return data;
}
