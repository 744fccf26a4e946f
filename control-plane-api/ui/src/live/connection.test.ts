import { describe, expect, it, vi } from 'vitest';
import { type ConnectionState, follow } from './connection';

function streamOf(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}

/** Answers requests from *script*, one after the other, and ends the following after the last. */
async function followed(script: (() => Response | Promise<Response>)[], silenceMs?: number, take: (data: string) => void = () => undefined) {
  const leaving = new AbortController();
  const asked: (string | undefined)[] = [];
  const states: ConnectionState[] = [];
  const messages: string[] = [];
  const send = async (_: string, init: RequestInit) => {
    asked.push((init.headers as Record<string, string>)['Last-Event-ID']);
    window.setTimeout(() => window.dispatchEvent(new Event('online')), 1);
    const next = script[asked.length - 1];
    if (next) {
      const answer = next();
      if (answer instanceof Response) return answer;
      return Promise.race([answer, aborted(init.signal as AbortSignal)]);
    }
    leaving.abort();
    throw new Error('left');
  };
  const online = setInterval(() => window.dispatchEvent(new Event('online')), 2);
  await follow({ message: (message) => (take(message.data), messages.push(message.data)), state: (state) => states.push(state) }, leaving.signal, send, silenceMs);
  clearInterval(online);
  return { asked, states, messages };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

describe('following the stream', () => {
  it('goes on behind the last id that it saw', async () => {
    const { asked, messages } = await followed([() => streamOf('id: s-1@7\ndata: one\n\n'), () => streamOf('data: two\n\n')]);
    expect(asked).toEqual([undefined, 's-1@7', 's-1@7']);
    expect(messages).toEqual(['one', 'two']);
  });

  it('says that it is live, that it reconnects, and that it is live again', async () => {
    const { states } = await followed([() => streamOf(': heartbeat\n\n'), () => streamOf(': heartbeat\n\n')]);
    expect(states).toEqual(['connecting', 'live', 'reconnecting', 'live', 'reconnecting']);
  });

  it('tries again after an answer that is no stream', async () => {
    const { messages } = await followed([() => new Response('', { status: 502 }), () => streamOf('data: back\n\n')]);
    expect(messages).toEqual(['back']);
  });

  it('takes a page that is no stream for a failure, whatever its status', async () => {
    const { states, messages } = await followed([() => new Response('<html>', { headers: { 'content-type': 'text/html' } }), () => streamOf('data: back\n\n')]);
    expect(states).toEqual(['connecting', 'reconnecting', 'live', 'reconnecting']);
    expect(messages).toEqual(['back']);
  });

  it('tells that the roles do not allow it, and tries again', async () => {
    const { states } = await followed([() => new Response('', { status: 403 }), () => streamOf('data: allowed\n\n')]);
    expect(states).toEqual(['connecting', 'refused', 'live', 'reconnecting']);
  });

  it('goes on behind a message that cannot be taken, and tells of it', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { messages } = await followed([() => streamOf('data: {\n\ndata: good\n\n')], undefined, (data) => {
      if (data === '{') JSON.parse(data);
    });
    expect(messages).toEqual(['good']);
    expect(told).toHaveBeenCalledTimes(1);
    told.mockRestore();
  });

  it('asks a stream that ends before its first event ever more seldom', async () => {
    const waits: number[] = [];
    const timer = vi.spyOn(globalThis, 'setTimeout');
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    await followed([() => streamOf(''), () => streamOf(''), () => streamOf('data: one\n\n'), () => streamOf('')], 37);
    for (const [, ms] of timer.mock.calls) if ((ms ?? 0) >= 500) waits.push(ms as number);
    expect(waits.slice(0, 4)).toEqual([500, 1000, 500, 1000]);
    vi.restoreAllMocks();
  });

  it('stops when the login is over', async () => {
    const { states, asked } = await followed([() => new Response('', { status: 401 })]);
    expect(states.at(-1)).toBe('ended');
    expect(asked).toHaveLength(1);
  });

  it('gives up a line that has been silent for too long', async () => {
    const { messages } = await followed([() => new Promise<Response>(() => undefined), () => streamOf('data: alive\n\n')], 20);
    expect(messages).toEqual(['alive']);
  });
});
