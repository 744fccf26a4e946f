import type { Problem } from './types';

const DEADLINE_MS = 15_000;

/** A request that did not succeed: the server's problem document, or the reason there was no answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.status = problem.status;
    this.type = problem.type;
  }
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const answer = await fetch(path, {
    headers: { Accept: 'application/json' },
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  });
  if (!answer.ok) throw new ApiError(await readProblem(answer));
  return (await answer.json()) as T;
}

async function readProblem(answer: Response): Promise<Problem> {
  const fallback = { type: 'about:blank', title: answer.statusText || `HTTP ${answer.status}`, status: answer.status };
  if (!answer.headers.get('content-type')?.includes('json')) return fallback;
  return { ...fallback, ...((await answer.json()) as Partial<Problem>) };
}
