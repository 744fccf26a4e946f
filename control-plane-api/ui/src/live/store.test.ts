import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionRow } from '../api/types';
import type { Rows } from './rows';
import { type Happening, happeningsKey, LiveStore, liveKey } from './store';

const session = (version: number, status: string, id = 's1') => ({ id, version, status }) as SessionRow;
const message = (event: string, data: unknown, id?: string) => ({ event, id, data: JSON.stringify(data) });
const told = (row: SessionRow | null, type = 'lablet_session.ready.v1') =>
  message(type, { type, kind: 'lablet_session', aggregate_id: 's1', version: row?.version ?? 1, at: '2026-01-05T09:00:00Z', actor: 'a', data: {}, row });

describe('the live store', () => {
  let queries: QueryClient;
  let store: LiveStore;
  let frame: (() => void) | undefined;
  const nextFrame = () => {
    frame?.();
    frame = undefined;
  };
  const rows = () => queries.getQueryData<Rows<SessionRow>>(liveKey('lablet_session'));

  beforeEach(() => {
    queries = new QueryClient();
    frame = undefined;
    store = new LiveStore(queries, (work) => (frame = work));
  });

  it('fills the rows from the snapshot, at once', () => {
    store.take(message('snapshot', { sessions: [session(1, 'PENDING')], workers: [] }));
    expect(rows()?.get('s1')?.status).toBe('PENDING');
  });

  it('writes a burst of events once, with the next frame', () => {
    const written = vi.fn();
    queries.getQueryCache().subscribe((event) => {
      if (event.type === 'updated' && event.query.queryKey[1] === 'lablet_session') written();
    });
    for (let version = 1; version <= 500; version++) store.take(told(session(version, 'RUNNING')));
    expect(rows()).toBeUndefined();
    nextFrame();
    expect(rows()?.get('s1')?.version).toBe(500);
    expect(written.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('keeps no more rows of a snapshot than of events', () => {
    store.take(message('snapshot', { sessions: Array.from({ length: 10_001 }, (_, index) => session(1, index === 3 ? 'TERMINATED' : 'PENDING', `s${index}`)) }));
    expect(rows()?.size).toBe(10_000);
    expect(rows()?.has('s3')).toBe(false);
  });

  it('lets no event go back behind a newer one', () => {
    store.take(told(session(5, 'READY')));
    nextFrame();
    store.take(told(session(4, 'SCHEDULED')));
    nextFrame();
    expect(rows()?.get('s1')?.status).toBe('READY');
  });

  it('applies what waits for a frame before a snapshot that is older', () => {
    store.take(told(session(5, 'READY')));
    store.take(message('snapshot', { sessions: [session(4, 'SCHEDULED')] }));
    expect(rows()?.get('s1')?.status).toBe('READY');
  });

  it('keeps what happened last, the newest first, and not without end', () => {
    for (let version = 1; version <= 250; version++) store.take(told(session(version, 'RUNNING')));
    nextFrame();
    const happenings = queries.getQueryData<Happening[]>(happeningsKey);
    expect(happenings).toHaveLength(200);
    expect(happenings?.[0]?.version).toBe(250);
  });

  it('has queries of the kind read again, once for many events', () => {
    vi.useFakeTimers();
    const invalidate = vi.spyOn(queries, 'invalidateQueries');
    store.take(told(null));
    nextFrame();
    store.take(told(null));
    nextFrame();
    vi.advanceTimersByTime(2_000);
    expect(invalidate).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });
});
