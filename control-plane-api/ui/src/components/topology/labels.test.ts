import { describe, expect, it } from 'vitest';
import { endLabels, free, groupLabels, nodeBoxes } from './labels';
import { placesOf, wiresOf } from './layout';
import type { Drawing } from './topologyWords';

const node = (id: string, x: number, y: number) => ({ id, label: id, node_definition: 'iosv', x, y });
const group = (tag: string, ...node_ids: string[]) => ({ tag, label: tag, node_ids, padding: 35 });
const link = (id: string, from_node: string, to_node: string) => ({ id, from_node, to_node, from_interface: `GigabitEthernet0/${id}`, to_interface: 'eth0' });
const drawing = (part: object) => ({ nodes: [], links: [], groups: [], shapes: [], ...part }) as unknown as Drawing;
const labels = (drawn: Drawing) => groupLabels(drawn, placesOf(drawn));
const box = (x: number) => ({ x, y: 0, width: 10, height: 10 });

it('leaves out what would cover another text wherever it stood', () => {
  const found = free([{ key: 'a', text: 'a', boxes: [box(0)] }, { key: 'b', text: 'b', boxes: [box(5), box(20)] }, { key: 'c', text: 'c', boxes: [box(4)] }], []);
  expect(found.map(({ key, box: { x } }) => [key, x])).toEqual([['a', 0], ['b', 20]]);
});

describe('the name of a group', () => {
  it('stands beside its only node', () => {
    const [label] = labels(drawing({ nodes: [node('a', 0, 0)], groups: [group('serial:5001', 'a')] }));
    expect(label?.box.x).toBeGreaterThan(35);
  });

  it('stands below that of another group of the same node', () => {
    const [first, second] = labels(drawing({ nodes: [node('a', 0, 0)], groups: [group('serial:5001', 'a'), group('vnc:5002', 'a')] }));
    expect(second?.box.y).toBe((first?.box.y ?? 0) + (first?.box.height ?? 0));
  });

  it('goes to the other side where another node is in its way', () => {
    const [label] = labels(drawing({ nodes: [node('a', 0, 0), node('b', 150, 0)], groups: [group('serial:${PORT_SERIAL_3}', 'a')] }));
    expect((label?.box.x ?? 0) + (label?.box.width ?? 0)).toBeLessThan(-35);
  });

  it('stands within the box of several nodes', () => {
    const [label] = labels(drawing({ nodes: [node('a', 0, 0), node('b', 400, 300)], groups: [{ ...group('site', 'a', 'b'), padding: 80 }] }));
    expect([label?.box.x, label?.box.y]).toEqual([-80 + 12, -80 + 6]);
  });
});

describe('the names of interfaces', () => {
  const named = (distance: number) => {
    const drawn = drawing({ nodes: [node('a', 0, 0), node('b', distance, 0)], links: [link('1', 'a', 'b')] });
    const places = placesOf(drawn);
    return endLabels(wiresOf(drawn.links, places), nodeBoxes(drawn, places)).map(({ text }) => text);
  };

  it('stand near their nodes', () => expect(named(500)).toEqual(['GigabitEthernet0/1', 'eth0']));
  it('are left out where they would cover a node', () => expect(named(100)).not.toContain('GigabitEthernet0/1'));
});
