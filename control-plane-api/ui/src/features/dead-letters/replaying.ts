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
 * Sends *each* one after another and goes on when one is refused, so that one bad letter does not hold up the others.
 * Raises afterwards, with how many were done and the first refusal.
 */
export async function sendEach<T>(each: readonly T[], send: (one: T, index: number) => Promise<unknown>): Promise<void> {
  const refused: string[] = [];
  for (const [index, one] of each.entries()) {
    try {
      await send(one, index);
    } catch (error) {
      refused.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (refused.length > 0) throw new Error(`${each.length - refused.length} of ${each.length} are on their way; ${refused.length} were refused. The first: ${refused[0]}`);
}
