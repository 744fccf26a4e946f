export interface TypedSeat {
  username: string;
  externalId?: string;
}

/** One learner for each line, an external id after a comma; empty lines count for nothing, a learner counts once. */
export function seatsOf(typed: string): TypedSeat[] {
  const seats = new Map<string, TypedSeat>();
  for (const line of typed.split('\n')) {
    const [username = '', externalId = ''] = line.split(',').map((part) => part.trim());
    if (username && !seats.has(username)) seats.set(username, { username, externalId: externalId || undefined });
  }
  return [...seats.values()];
}
