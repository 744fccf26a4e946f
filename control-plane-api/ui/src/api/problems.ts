import type { components } from './schema.gen';

type Told = components['schemas']['Problem'];
/** A problem document; what only our own server tells may be missing. */
export type Problem = Omit<Told, 'category' | 'correlation_id' | 'trace_id'> & Partial<Pick<Told, 'category' | 'correlation_id' | 'trace_id'>>;

/** The server refused: its problem document (RFC 9457) says what, why and what to do. */
export class ApiError extends Error {
  readonly problem: Problem;
  readonly status: number;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
    this.status = problem.status;
  }
}

/** There was no answer: the network, or the server, is away, or it took too long. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    const late = cause instanceof DOMException && cause.name === 'TimeoutError';
    super(late ? 'The server took too long to answer.' : 'The server cannot be reached.', { cause });
  }
}

/** The problem that *response* tells; one made from its status when it tells none, as proxies do. */
export async function problemOf(response: Response): Promise<Problem> {
  const bare: Problem = {
    type: 'about:blank',
    code: `http-${response.status}`,
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    detail: `The server answered ${response.status} without saying why.`,
    instance: new URL(response.url || 'http://localhost/').pathname,
  };
  if (!response.headers.get('content-type')?.includes('json')) return bare;
  return { ...bare, ...((await response.json()) as Partial<Problem>) };
}

/** What a person can do about *error*, where that is not in its detail already. */
export function adviceFor(error: Error): string {
  if (!(error instanceof ApiError)) return 'Check the connection, then try again. Nothing is lost: a change is made once, however often it is sent.';
  switch (error.status) {
    case 401:
      return 'Log in again.';
    case 403:
      return 'Ask somebody whose role allows it.';
    case 404:
      return 'It may have ended and been removed. Look for it in the list.';
    case 409:
      return 'Look at its present state, then decide again.';
    case 412:
    case 428:
      return 'Somebody changed it meanwhile. Look at it again, then decide again.';
    case 429:
      return 'Wait a moment, then try again.';
    case 503:
      return 'A part of the system is away. Try again in a moment.';
    default:
      return error.status >= 500 ? 'Try again. If it goes on, report the trace id below.' : '';
  }
}
