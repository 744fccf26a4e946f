import type { Schemas } from '../../api/types';

export type Drawing = Schemas['TopologyDrawing'];
export type DrawnNode = Schemas['DrawnNode'];
export type DrawnLink = Schemas['DrawnLink'];
export type DrawnShape = Schemas['DrawnShape'];
export type NodeKind = 'router' | 'switch' | 'firewall' | 'host' | 'server' | 'outside' | 'other';

const KINDS: readonly [RegExp, NodeKind][] = [
  [/external_connector|ext-?conn|internet/, 'outside'],
  [/asa|ftd|firewall|fmc/, 'firewall'],
  [/ioll2|iosvl2|nxos|n9k|n9000|cat9|switch|unmanaged/, 'switch'],
  [/ios|iol|csr|cat8|xr|router|frr|wan|sdwan|vedge|cedge/, 'router'],
  [/desktop|alpine|client|trex|wlc/, 'host'],
  [/server|ubuntu|linux|coreos|docker|mock/, 'server'],
];

/** What a node definition such as "iosvl2" is, for its sign in the picture. */
export function kindOf(nodeDefinition: string): NodeKind {
  const name = nodeDefinition.toLowerCase();
  return KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
}

export interface Neighbour {
  linkId: string;
  own: string;
  label: string;
  theirs: string;
}

/** What is at the other end of each link of a node, by the names of its own interfaces. */
export function neighboursOf(drawing: Drawing, nodeId: string): Neighbour[] {
  const labels = new Map(drawing.nodes.map((node) => [node.id, node.label]));
  const found = drawing.links.flatMap((link): Neighbour[] => {
    if (link.from_node === nodeId) return [{ linkId: link.id, own: link.from_interface, label: labels.get(link.to_node) ?? link.to_node, theirs: link.to_interface }];
    if (link.to_node === nodeId) return [{ linkId: link.id, own: link.to_interface, label: labels.get(link.from_node) ?? link.from_node, theirs: link.from_interface }];
    return [];
  });
  return found.sort((one, other) => one.own.localeCompare(other.own, 'en', { numeric: true }));
}

/** "5 nodes, 4 links" */
export function sizeText({ nodes, links }: Drawing): string {
  const count = (amount: number, what: string) => `${amount} ${amount === 1 ? what : `${what}s`}`;
  return `${count(nodes.length, 'node')}, ${count(links.length, 'link')}`;
}
