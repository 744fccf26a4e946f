import createClient, { type Middleware } from 'openapi-fetch';
import { ApiError, Unreachable, problemOf } from './problems';
import type { paths } from './schema.gen';

const DEADLINE_MS = 20_000;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Every request has a deadline; every change proves that it comes from this page, and may be repeated without harm. */
const conventions: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method)) {
      request.headers.set('X-CSRF-Token', cookie('lcm_csrf'));
      if (!request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', crypto.randomUUID());
    }
    return new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(DEADLINE_MS)]) });
  },
  async onResponse({ response }) {
    if (!response.ok) throw new ApiError(await problemOf(response));
  },
  onError({ error }) {
    if (error instanceof ApiError || (error instanceof DOMException && error.name === 'AbortError')) return;
    return new Unreachable(error);
  },
};

/** The API by its OpenAPI document: paths, parameters, bodies and answers are checked by the compiler. */
export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: (request) => fetch(request) });
api.use(conventions);

/** What a request answers. It rejects with {@link ApiError} (the server refused) or {@link Unreachable} (no answer). */
export async function answer<T>(request: Promise<{ data?: T }>): Promise<T> {
  return (await request).data as T;
}

function cookie(name: string): string {
  const found = document.cookie.split('; ').find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
}
