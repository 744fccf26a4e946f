import { describe, expect, it } from 'vitest';
import { bounded, mergeRows, mergeSnapshot } from './rows';

const row = (id: string, version: number, status = 'PENDING') => ({ id, version, status });

describe('merging rows', () => {
  it('takes a newer version', () => {
    const rows = mergeRows(new Map([['a', row('a', 1)]]), [row('a', 2, 'READY')]);
    expect(rows.get('a')?.status).toBe('READY');
  });

  it('keeps the row when an older version arrives late', () => {
    const before = new Map([['a', row('a', 3, 'READY')]]);
    expect(mergeRows(before, [row('a', 2)])).toBe(before);
  });

  it('takes the newest of several copies, in whatever order they come', () => {
    const rows = mergeRows(new Map(), [row('a', 4, 'RUNNING'), row('a', 2), row('a', 3)]);
    expect(rows.get('a')?.status).toBe('RUNNING');
  });

  it('keeps a newer live row when a snapshot is older', () => {
    const rows = mergeSnapshot(new Map([['a', row('a', 5, 'RUNNING')]]), [row('a', 4), row('b', 1)]);
    expect(rows.get('a')?.status).toBe('RUNNING');
    expect(rows.size).toBe(2);
  });

  it('drops rows that the snapshot no longer has', () => {
    expect(mergeSnapshot(new Map([['gone', row('gone', 9)]]), []).size).toBe(0);
  });

  it('drops what has ended first, then what has not changed for longest', () => {
    const rows = mergeRows(new Map([['a', row('a', 1)], ['b', row('b', 1)], ['c', row('c', 1, 'TERMINATED')]]), [row('a', 2)]);
    expect([...bounded(rows, 2).keys()]).toEqual(['b', 'a']);
    expect([...bounded(rows, 1).keys()]).toEqual(['a']);
    expect(bounded(rows, 3)).toBe(rows);
  });
});
