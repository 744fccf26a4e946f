import { ApiError, Unreachable } from '../../api/problems';

/** Letters of each subscription: the API replays those of one at a time, at most {@link MOST_AT_ONCE} named. */
export interface Batch {
  subscription_id: string;
  event_ids: string[];
}

export const MOST_AT_ONCE = 200;

/** *letters* as requests that the API takes. */
export function batchesOf(letters: readonly { subscription_id: string; event_id: string }[]): Batch[] {
  const bySubscription = new Map<string, string[]>();
  for (const { subscription_id, event_id } of letters) bySubscription.set(subscription_id, [...(bySubscription.get(subscription_id) ?? []), event_id]);
  return [...bySubscription].flatMap(([subscription_id, ids]) =>
    Array.from({ length: Math.ceil(ids.length / MOST_AT_ONCE) }, (_, part) => ({ subscription_id, event_ids: ids.slice(part * MOST_AT_ONCE, (part + 1) * MOST_AT_ONCE) })),
  );
}

/**
 * Sends *each* one after another and goes on when one is refused, so that one bad letter does not hold up the others;
 * not when nobody answers or the login has ended, as the others would fare the same. Raises afterwards: the refusal as
 * the API told it, with how many are on their way.
 */
export async function sendEach<T>(each: readonly T[], send: (one: T, index: number) => Promise<unknown>): Promise<void> {
  let sent = 0;
  let first: Error | undefined;
  let refused = 0;
  for (const [index, one] of each.entries()) {
    try {
      await send(one, index);
      sent += 1;
    } catch (error) {
      first ??= error instanceof Error ? error : new Error(String(error));
      refused += 1;
      if (endsAll(error)) throw counted(error as Error, `${sent} of ${each.length} are on their way, then it ended:`);
    }
  }
  if (first) throw counted(first, `${sent} of ${each.length} are on their way; ${refused} were refused. The first:`);
}

function endsAll(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof ApiError && error.status === 401);
}

/** *error*, still of its kind and with its trace, behind what is said first. */
function counted(error: Error, said: string): Error {
  const detail = `${said} ${error.message}`;
  if (error instanceof ApiError) return new ApiError({ ...error.problem, detail });
  error.message = detail;
  return error;
}
