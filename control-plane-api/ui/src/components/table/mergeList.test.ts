import { describe, expect, it } from 'vitest';
import { byInstant, mergeList } from './mergeList';

const row = (id: string, minute: number, version = 1, status = 'READY') => ({ id, version, status, created_at: `2026-01-05T09:${String(minute).padStart(2, '0')}:00Z` });
const live = (...rows: ReturnType<typeof row>[]) => new Map(rows.map((each) => [each.id, each]));
const newestFirst = byInstant<ReturnType<typeof row>>('-created_at');
const ready = { matches: (each: { status: string }) => each.status === 'READY', compare: newestFirst, complete: false };
const ids = (merged: { rows: readonly { id: string }[] }) => merged.rows.map((each) => each.id).join('');

describe('a fetched list and the live rows', () => {
  it('shows the newer copy, whichever that is', () => {
    const fetched = [row('b', 2, 7), row('a', 1, 3)];
    const merged = mergeList(fetched, live(row('b', 2, 6), row('a', 1, 4)), ready);
    expect(merged.rows.map((each) => each.version)).toEqual([7, 4]);
  });

  it('drops what belongs no more, and counts it', () => {
    const merged = mergeList([row('b', 2), row('a', 1)], live(row('b', 2, 2, 'TERMINATED')), ready);
    expect(ids(merged)).toBe('a');
    expect(merged.change).toBe(-1);
  });

  it('puts what is new where it belongs, and counts it', () => {
    const merged = mergeList([row('c', 3), row('a', 1)], live(row('b', 2), row('d', 4)), ready);
    expect(ids(merged)).toBe('dcba');
    expect(merged.change).toBe(2);
  });

  it('leaves to its page what comes after the last fetched row', () => {
    const fetched = [row('c', 3)];
    expect(ids(mergeList(fetched, live(row('a', 1)), ready))).toBe('c');
    expect(ids(mergeList(fetched, live(row('a', 1)), { ...ready, complete: true }))).toBe('ca');
  });

  it('shows a row once that came with two pages', () => {
    expect(ids(mergeList([row('b', 2), row('b', 2)], live(row('x', 0)), ready))).toBe('b');
  });
});
