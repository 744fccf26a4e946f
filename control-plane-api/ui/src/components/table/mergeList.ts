import type { Versioned } from '../../api/types';
import { newer, type Rows } from '../../live/rows';

export interface Membership<T> {
  /** Whether a row belongs to the list, as its filters say; the server said so of what was fetched. */
  matches: (row: T) => boolean;
  /** The order of the list. */
  compare: (one: T, other: T) => number;
  /** No page is left to be fetched. */
  complete: boolean;
}

export interface MergedList<T> {
  rows: readonly T[];
  /** How many rows more, or fewer, there are than the server counted. */
  change: number;
}

/**
 * A fetched list as the live stream has changed it meanwhile: never an older row where a newer is known, without rows
 * that belong no more, with new ones where they belong. What would come after the last fetched row waits for its page.
 */
export function mergeList<T extends Versioned>(fetched: readonly T[], live: Rows<T> | undefined, membership: Membership<T>): MergedList<T> {
  if (!live || live.size === 0) return { rows: fetched, change: 0 };
  const { matches, compare, complete } = membership;
  const known = new Set<string>();
  const rows: T[] = [];
  for (const row of fetched) {
    if (known.has(row.id)) continue;
    known.add(row.id);
    const newest = newer(live.get(row.id), row);
    if (newest === row || matches(newest)) rows.push(newest);
  }
  const last = fetched.at(-1);
  const isNews = (row: T) => !known.has(row.id) && matches(row) && (complete || (last !== undefined && compare(row, last) < 0));
  const news = [...live.values()].filter(isNews);
  const change = rows.length - known.size + news.length;
  return { rows: news.length > 0 ? [...rows, ...news].sort(compare) : rows, change };
}

/** Orders by an instant of the rows, as `sort` of the API says: "-created_at" has the newest first. */
export function byInstant<T>(sort: string): (one: T, other: T) => number {
  const newestFirst = sort.startsWith('-');
  const field = (newestFirst ? sort.slice(1) : sort) as keyof T;
  return (one, other) => {
    const order = Date.parse(String(one[field])) - Date.parse(String(other[field]));
    return newestFirst ? -order : order;
  };
}
