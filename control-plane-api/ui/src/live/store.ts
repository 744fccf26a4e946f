import type { QueryClient } from '@tanstack/react-query';
import type { EventSourceMessage } from 'eventsource-parser';
import type { SessionRow, Versioned, WorkerRow } from '../api/types';
import { type Frames, framesApart } from './frames';
import { bounded, mergeRows, mergeSnapshot, type Rows } from './rows';

/** One event as the page keeps it, without its row. */
export interface Happening {
  id: string;
  type: string;
  kind: string;
  aggregateId: string;
  version: number;
  at: string;
  actor: string;
  data: Record<string, unknown>;
}

interface LiveEvent {
  type: string;
  kind: string;
  aggregate_id: string;
  version: number;
  at: string;
  actor: string;
  data: Record<string, unknown>;
  row: Versioned | null;
}

interface Snapshot {
  sessions?: SessionRow[];
  workers?: WorkerRow[];
}

export const liveKey = (kind: string) => ['live', kind] as const;
export const happeningsKey = ['live', 'happenings'] as const;
const HAPPENINGS_KEPT = 200;
const ROWS_KEPT = 10_000;
const REREAD_MS = 2_000;

/**
 * Brings the stream into the query cache: rows by kind under {@link liveKey}, the latest events under
 * {@link happeningsKey}. A burst costs a few writes per kind and second, however many events it has. Queries
 * that name a kind in `meta.kinds` are read again after its events, at most once in {@link REREAD_MS}.
 */
export class LiveStore {
  private news = new Map<string, Map<string, Versioned>>();
  private happenings: Happening[] = [];
  private stirred = new Set<string>();
  private waiting = false;
  private begun = false;
  private reread: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly queries: QueryClient,
    private readonly frames: Frames = framesApart(),
  ) {}

  take(message: EventSourceMessage): void {
    if (message.event === 'snapshot') return this.takeSnapshot(JSON.parse(message.data) as Snapshot);
    const event = JSON.parse(message.data) as LiveEvent;
    if (event.row) this.note(event.kind, event.row);
    this.happenings.push(happening(message.id ?? '', event));
    this.stirred.add(event.kind);
    this.schedule();
  }

  close(): void {
    clearTimeout(this.reread);
  }

  /** A later snapshot means that events were missed, and nobody knows which: whatever was fetched is read again. */
  private takeSnapshot(snapshot: Snapshot): void {
    this.flush();
    this.replace('lablet_session', snapshot.sessions);
    this.replace('cml_worker', snapshot.workers);
    const missed = this.begun;
    this.begun = true;
    if (missed) void this.queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'live' && query.queryKey[0] !== 'me' });
  }

  private replace(kind: string, rows: readonly Versioned[] | undefined): void {
    if (rows) this.queries.setQueryData<Rows>(liveKey(kind), (known) => bounded(mergeSnapshot(known ?? new Map(), rows), ROWS_KEPT));
  }

  private note(kind: string, row: Versioned): void {
    const rows = this.news.get(kind) ?? new Map<string, Versioned>();
    this.news.set(kind, rows);
    const known = rows.get(row.id);
    if (!known || known.version < row.version) rows.set(row.id, row);
  }

  private schedule(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.frames(() => {
      this.waiting = false;
      this.flush();
    });
  }

  private flush(): void {
    for (const [kind, rows] of this.news) {
      this.queries.setQueryData<Rows>(liveKey(kind), (known) => bounded(mergeRows(known ?? new Map(), rows.values()), ROWS_KEPT));
    }
    this.news.clear();
    if (this.happenings.length > 0) {
      const latest = this.happenings.reverse();
      this.happenings = [];
      this.queries.setQueryData<Happening[]>(happeningsKey, (known) => [...latest, ...(known ?? [])].slice(0, HAPPENINGS_KEPT));
    }
    this.rereadSoon();
  }

  private rereadSoon(): void {
    if (this.reread || this.stirred.size === 0) return;
    this.reread = setTimeout(() => {
      this.reread = undefined;
      const kinds = this.stirred;
      this.stirred = new Set();
      const concerned = (meta: Record<string, unknown> | undefined) =>
        ((meta?.kinds ?? []) as readonly string[]).some((kind) => kinds.has(kind));
      void this.queries.invalidateQueries({ predicate: (query) => concerned(query.meta) }, { cancelRefetch: false });
    }, REREAD_MS);
  }
}

function happening(id: string, event: LiveEvent): Happening {
  const { type, kind, version, at, actor, data } = event;
  return { id: id || `${kind}-${event.aggregate_id}@${version}#${type}`, type, kind, aggregateId: event.aggregate_id, version, at, actor, data };
}
