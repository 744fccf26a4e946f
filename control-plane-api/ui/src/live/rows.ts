import type { Versioned } from '../api/types';

export type Rows<T extends Versioned> = ReadonlyMap<string, T>;

/** Put *row* in place unless a newer copy is there; returns the same map when nothing changed. */
export function mergeRow<T extends Versioned>(rows: Rows<T>, row: T): Rows<T> {
  const known = rows.get(row.id);
  if (known && known.version >= row.version) return rows;
  return new Map(rows).set(row.id, row);
}

/** A snapshot replaces the set of rows, but never a row by an older copy of itself. */
export function mergeSnapshot<T extends Versioned>(rows: Rows<T>, snapshot: readonly T[]): Rows<T> {
  return new Map(
    snapshot.map((row) => {
      const known = rows.get(row.id);
      return [row.id, known && known.version > row.version ? known : row];
    }),
  );
}
