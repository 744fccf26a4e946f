import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionRow } from '../api/types';
import type { Rows } from './rows';
import { connectionKey, followStream, sessionsKey } from './stream';

/** The part of EventSource that the stream uses, driven by the test. */
class ScriptedSource extends EventTarget {
  readyState = 0;
  close = vi.fn();

  say(name: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

vi.stubGlobal('EventSource', { CLOSED: 2 });

const session = (version: number, status: string) => ({ id: 's1', version, status }) as SessionRow;
const ready = (row: SessionRow) => ({ kind: 'lablet_session', row });

describe('following the live stream', () => {
  let queries: QueryClient;
  let source: ScriptedSource;
  let stop: () => void;
  const shown = () => queries.getQueryData<Rows<SessionRow>>(sessionsKey)?.get('s1')?.status;

  beforeEach(() => {
    queries = new QueryClient();
    source = new ScriptedSource();
    stop = followStream(queries, () => source as unknown as EventSource);
  });

  it('fills the rows from the snapshot', () => {
    source.say('snapshot', { sessions: [session(1, 'PENDING')], workers: [] });
    expect(shown()).toBe('PENDING');
  });

  it('follows an event', () => {
    source.say('snapshot', { sessions: [session(1, 'PENDING')], workers: [] });
    source.say('lablet_session.ready.v1', ready(session(2, 'READY')));
    expect(shown()).toBe('READY');
  });

  it('ignores an event that comes after a newer one', () => {
    source.say('lablet_session.ready.v1', ready(session(5, 'READY')));
    source.say('lablet_session.scheduled.v1', ready(session(4, 'SCHEDULED')));
    expect(shown()).toBe('READY');
  });

  it('says that it reconnects, and that it is live again', () => {
    source.dispatchEvent(new Event('error'));
    expect(queries.getQueryData(connectionKey)).toBe('connecting');
    source.dispatchEvent(new Event('open'));
    expect(queries.getQueryData(connectionKey)).toBe('live');
  });

  it('says that it is lost when the server refuses for good', () => {
    source.readyState = 2;
    source.dispatchEvent(new Event('error'));
    expect(queries.getQueryData(connectionKey)).toBe('lost');
  });

  it('closes the connection when nobody looks any more', () => {
    stop();
    expect(source.close).toHaveBeenCalled();
  });
});
