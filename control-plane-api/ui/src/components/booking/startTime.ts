import { toLocalInput } from '../localInput';

/** What a `datetime-local` input shows for an instant in milliseconds. */
export function localInput(at: number): string {
  return toLocalInput(new Date(at).toISOString());
}

/** Next quarter of an hour from *now* (milliseconds), at least half an hour away. */
export function nextQuarter(now: number): number {
  const quarter = 15 * 60_000;
  return Math.ceil((now + 2 * quarter) / quarter) * quarter;
}
