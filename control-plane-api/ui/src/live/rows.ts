import type { Versioned } from '../api/types';

export type Rows<T extends Versioned = Versioned> = ReadonlyMap<string, T>;

/** The newer of two copies of one thing. */
export function newer<T extends Versioned>(one: T | undefined, other: T): T {
  return one && one.version >= other.version ? one : other;
}

/** Put each of *news* in place unless a newer copy is there; the same map when nothing changed. */
export function mergeRows<T extends Versioned>(rows: Rows<T>, news: Iterable<T>): Rows<T> {
  let merged: Map<string, T> | undefined;
  for (const row of news) {
    const known = (merged ?? rows).get(row.id);
    if (known && known.version >= row.version) continue;
    merged ??= new Map(rows);
    merged.delete(row.id); // the order of the map is that of the last changes
    merged.set(row.id, row);
  }
  return merged ?? rows;
}

/** A snapshot replaces the set of rows, but never a row by an older copy of itself. */
export function mergeSnapshot<T extends Versioned>(rows: Rows<T>, snapshot: readonly T[]): Rows<T> {
  return new Map(snapshot.map((row) => [row.id, newer(rows.get(row.id), row)]));
}

const ENDED = new Set(['TERMINATED', 'ENDED']);

/** At most *most* rows, so that a page that stays open for days does not grow: ended ones go first, then what has not changed for longest. */
export function bounded<T extends Versioned>(rows: Rows<T>, most: number): Rows<T> {
  if (rows.size <= most) return rows;
  const ended = (row: T) => ENDED.has((row as { status?: string }).status ?? '');
  const going = [...rows.values()].sort((one, other) => Number(ended(other)) - Number(ended(one))).slice(0, rows.size - most);
  const kept = new Map(rows);
  for (const row of going) kept.delete(row.id);
  return kept;
}
