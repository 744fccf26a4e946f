import { createParser, type EventSourceMessage } from 'eventsource-parser';

export const STREAM_URL = '/api/v1/events/stream';
/** The server sends a heartbeat after 15 silent seconds: after two and a half of them the line is dead. */
const SILENCE_MS = 38_000;
const SLOWEST_RETRY_MS = 15_000;

export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'refused' | 'ended';

interface Listener {
  message(message: EventSourceMessage): void;
  state(state: ConnectionState): void;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Follows the stream until *signal* aborts, and reconnects for ever behind the last id that it saw.
 *
 * The browser's own EventSource neither shows heartbeats, so that a line that died unnoticed looks alive, nor tries
 * again after an answer such as 502: this does both. State `ended` means that the login is over; nothing is tried then.
 * State `refused` means that the roles do not allow it; that may change, so that it is tried again. A message that the
 * listener cannot take is told on the console, and those after it are followed.
 */
export async function follow(listener: Listener, signal: AbortSignal, send: Fetch = fetch, silenceMs = SILENCE_MS): Promise<void> {
  let lastId = '';
  let failures = 0;
  let told: ConnectionState | undefined;
  const tell = (state: ConnectionState) => {
    if (state !== told && !signal.aborted) listener.state((told = state));
  };
  tell('connecting');
  while (!signal.aborted) {
    const attempt = new Watchdog(signal, silenceMs);
    let broken: ConnectionState = 'reconnecting';
    try {
      const response = await send(STREAM_URL, {
        headers: { Accept: 'text/event-stream', ...(lastId && { 'Last-Event-ID': lastId }) },
        cache: 'no-store',
        signal: attempt.signal,
      });
      if (response.status === 401) return tell('ended');
      if (response.status === 403) broken = 'refused';
      if (!response.ok || !response.body || !isStream(response)) throw new Error(`HTTP ${response.status} without a stream`);
      const parser = createParser({
        onEvent(message) {
          failures = 0;
          if (message.id !== undefined) lastId = message.id;
          try {
            listener.message(message);
          } catch (error) {
            console.error('A message of the live stream could not be taken', message, error);
          }
        },
      });
      tell('live');
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        attempt.fed();
        parser.feed(piece.value);
      }
    } catch {
      if (signal.aborted) return;
    } finally {
      attempt.end();
    }
    tell(broken);
    await pause(Math.min(SLOWEST_RETRY_MS, 500 * 2 ** failures++), signal);
  }
}

/** A proxy's page of its own is none, whatever its status. */
function isStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

/** Ends an attempt when the page leaves, when the network is known to be gone, or when nothing was heard for long. */
class Watchdog {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout>;
  readonly signal: AbortSignal;

  constructor(
    outer: AbortSignal,
    private readonly silenceMs: number,
  ) {
    this.signal = AbortSignal.any([outer, this.controller.signal]);
    this.timer = setTimeout(this.bite, silenceMs);
    window.addEventListener('offline', this.bite);
  }

  fed(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.bite, this.silenceMs);
  }

  end(): void {
    clearTimeout(this.timer);
    window.removeEventListener('offline', this.bite);
    this.controller.abort();
  }

  private readonly bite = () => this.controller.abort();
}

/** Waits *ms*, with some chance in it so that not all pages come back at once; the network's return ends it early. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms * (0.75 + Math.random() / 2));
    window.addEventListener('online', done);
    signal.addEventListener('abort', done);
  });
}
