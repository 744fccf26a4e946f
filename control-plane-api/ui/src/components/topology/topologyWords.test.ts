import { expect, it } from 'vitest';
import { type Drawing, kindOf, neighboursOf, sizeText } from './topologyWords';

const DRAWING = {
  nodes: [{ id: 'n0', label: 'r1' }, { id: 'n1', label: 'r2' }, { id: 'n2', label: 'sw' }],
  links: [
    { id: 'l0', from_node: 'n0', from_interface: 'Gi0/10', to_node: 'n1', to_interface: 'Gi0/1' },
    { id: 'l1', from_node: 'n2', from_interface: 'e0', to_node: 'n0', to_interface: 'Gi0/2' },
  ],
} as Drawing;

it.each([
  ['iosvl2', 'switch'],
  ['ioll2-xe', 'switch'],
  ['iosv', 'router'],
  ['csr1000v', 'router'],
  ['asav', 'firewall'],
  ['desktop', 'host'],
  ['ubuntu', 'server'],
  ['external_connector', 'outside'],
  ['hologram', 'other'],
])('takes a %s for a %s', (definition, kind) => {
  expect(kindOf(definition)).toBe(kind);
});

it('tells what is at the other end, from either end, in the order of its own interfaces', () => {
  expect(neighboursOf(DRAWING, 'n0').map(({ own, label, theirs }) => `${own} ${label} ${theirs}`)).toEqual(['Gi0/2 sw e0', 'Gi0/10 r2 Gi0/1']);
});

it('counts nodes and links', () => {
  expect([sizeText(DRAWING), sizeText({ ...DRAWING, nodes: DRAWING.nodes.slice(1, 2), links: [] })]).toEqual(['3 nodes, 2 links', '1 node, 0 links']);
});
