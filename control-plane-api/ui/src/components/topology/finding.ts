import type { DrawnNode } from './topologyWords';

/** The nodes whose label has *said* in it, or whose definition or a tag has, those by label first, in the order of their names; none for nothing. */
export function hitsOf(nodes: readonly DrawnNode[], said: string): readonly DrawnNode[] {
  const wanted = said.trim().toLowerCase();
  if (wanted === '') return [];
  const has = (text: string) => text.toLowerCase().includes(wanted);
  const byName = (one: DrawnNode, other: DrawnNode) => one.label.localeCompare(other.label, 'en', { numeric: true });
  const named = nodes.filter(({ label }) => has(label)).sort(byName);
  const others = nodes.filter(({ label, node_definition, tags }) => !has(label) && [node_definition, ...(tags ?? [])].some(has)).sort(byName);
  return [...named, ...others];
}

/** The hit *steps* after the one that is looked at, round about; the first when none of them is. */
export function nextHit(hits: readonly DrawnNode[], current: string | undefined, steps: 1 | -1): DrawnNode | undefined {
  const at = hits.findIndex(({ id }) => id === current);
  if (at < 0) return steps > 0 ? hits[0] : hits.at(-1);
  return hits[(at + steps + hits.length) % hits.length];
}
