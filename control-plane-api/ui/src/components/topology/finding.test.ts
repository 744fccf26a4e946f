import { expect, it } from 'vitest';
import { hitsOf, nextHit } from './finding';
import type { DrawnNode } from './topologyWords';

const node = (id: string, label: string, node_definition = 'iosv', tags: string[] = []): DrawnNode => ({ id, label, node_definition, x: 0, y: 0, tags });
const NODES = [node('a', 'r10'), node('b', 'r2'), node('c', 'sw1', 'iosvl2', ['R-edge']), node('d', 'pc', 'alpine')];

it('finds nodes by their names first, then by their kinds and tags', () => {
  expect(hitsOf(NODES, ' R').map(({ label }) => label)).toEqual(['r2', 'r10', 'sw1']);
  expect(hitsOf(NODES, 'alpine').map(({ label }) => label)).toEqual(['pc']);
  expect(hitsOf(NODES, '  ')).toEqual([]);
});

it('goes from hit to hit, and round about', () => {
  const hits = hitsOf(NODES, 'r');
  expect(nextHit(hits, undefined, 1)?.label).toBe('r2');
  expect(nextHit(hits, 'b', 1)?.label).toBe('r10');
  expect(nextHit(hits, 'c', 1)?.label).toBe('r2');
  expect(nextHit(hits, 'b', -1)?.label).toBe('sw1');
  expect(nextHit([], 'b', 1)).toBeUndefined();
});
