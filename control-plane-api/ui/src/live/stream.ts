import type { QueryClient } from '@tanstack/react-query';
import { EVENT_NAMES } from '../api/catalogue.gen';
import type { SessionRow, Versioned, WorkerRow } from '../api/types';
import { mergeRow, mergeSnapshot, type Rows } from './rows';

export const STREAM_URL = '/api/v1/events/stream?kinds=lablet_session,cml_worker';
export const sessionsKey = ['sessions'] as const;
export const workersKey = ['workers'] as const;
export const connectionKey = ['connection'] as const;

export type Connection = 'connecting' | 'live' | 'lost';

interface Snapshot {
  sessions: SessionRow[];
  workers: WorkerRow[];
}

interface LiveEvent {
  kind: string;
  row: Versioned | null;
}

/**
 * One stream per page feeds the query cache. The browser reconnects by itself and sends the last id it saw; the server
 * then continues from there or sends a fresh snapshot.
 */
export function followStream(queries: QueryClient, open = (url: string) => new EventSource(url)): () => void {
  const source = open(STREAM_URL);
  const connection = (state: Connection) => queries.setQueryData(connectionKey, state);
  const merge = <T extends Versioned>(key: readonly string[], change: (rows: Rows<T>) => Rows<T>) =>
    queries.setQueryData<Rows<T>>(key, (rows) => change(rows ?? new Map()));

  source.addEventListener('open', () => connection('live'));
  source.addEventListener('error', () => connection(source.readyState === EventSource.CLOSED ? 'lost' : 'connecting'));
  source.addEventListener('snapshot', (message) => {
    const snapshot = JSON.parse((message as MessageEvent<string>).data) as Snapshot;
    merge<SessionRow>(sessionsKey, (rows) => mergeSnapshot(rows, snapshot.sessions));
    merge<WorkerRow>(workersKey, (rows) => mergeSnapshot(rows, snapshot.workers));
    connection('live');
  });
  const onEvent = (message: Event) => {
    const event = JSON.parse((message as MessageEvent<string>).data) as LiveEvent;
    if (!event.row) return;
    if (event.kind === 'lablet_session') merge(sessionsKey, (rows) => mergeRow(rows, event.row as SessionRow));
    if (event.kind === 'cml_worker') merge(workersKey, (rows) => mergeRow(rows, event.row as WorkerRow));
  };
  for (const name of EVENT_NAMES) source.addEventListener(name, onEvent);
  return () => source.close();
}
