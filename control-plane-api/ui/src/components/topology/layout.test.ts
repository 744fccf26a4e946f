import { expect, it } from 'vitest';
import { along, boundsOf, boxOf, isPale, placesOf, wiresOf } from './layout';
import type { Drawing, DrawnLink, DrawnNode, DrawnShape } from './topologyWords';

const node = (id: string, x?: number, y?: number): DrawnNode => ({ id, label: id, node_definition: 'iosv', x, y, tags: [] });
const link = (id: string, from_node: string, to_node: string): DrawnLink => ({ id, from_node, from_interface: 'e0', to_node, to_interface: 'e0' });
const drawing = (part: Partial<Drawing>): Drawing => ({ nodes: [], links: [], shapes: [], groups: [], left_out: 0, ...part });
const shape = (part: Partial<DrawnShape>): DrawnShape => ({ kind: 'text', x1: 0, y1: 0, x2: 0, y2: 0, rotation: 0, fill: '', border: '', dashes: '', thickness: 1, corner_radius: 0, text: '', text_points: 12, bold: false, italic: false, from_arrow: false, to_arrow: false, ...part });

it('puts nodes where the topology says', () => {
  expect(placesOf(drawing({ nodes: [node('a', -40, 80)] })).get('a')).toEqual({ x: -40, y: 80 });
});

it('gives nodes without a place one each, apart from all others', () => {
  const places = [...placesOf(drawing({ nodes: [node('a', 0, 0), node('b'), node('c'), node('d')] })).values()];
  const distances = places.flatMap((one, index) => places.slice(index + 1).map((other) => Math.hypot(one.x - other.x, one.y - other.y)));
  expect(places).toHaveLength(4);
  expect(Math.min(...distances)).toBeGreaterThan(100);
});

it('draws a single link straight', () => {
  const places = new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 0 }]]);
  expect(wiresOf([link('l', 'a', 'b')], places)[0]?.over).toEqual({ x: 50, y: 0 });
});

it('bends links between the same two nodes apart, whichever end is named first', () => {
  const places = new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 0 }]]);
  const wires = wiresOf([link('one', 'a', 'b'), link('two', 'b', 'a')], places);
  expect(new Set(wires.map(({ over }) => over.y)).size).toBe(2);
});

it('leaves out a link to a node that is not there', () => {
  expect(wiresOf([link('l', 'a', 'nobody')], new Map([['a', { x: 0, y: 0 }]]))).toEqual([]);
});

it('finds both ends of a wire and its middle', () => {
  const [wire] = wiresOf([link('l', 'a', 'b')], new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 40 }]]));
  expect(wire && [along(wire, 0), along(wire, 0.5), along(wire, 1)]).toEqual([{ x: 0, y: 0 }, { x: 50, y: 20 }, { x: 100, y: 40 }]);
});

it('knows what each kind of annotation fills', () => {
  expect(boxOf(shape({ kind: 'rectangle', x1: 10, y1: 10, x2: -4, y2: 6 }))).toEqual({ x: 6, y: 10, width: 4, height: 6 });
  expect(boxOf(shape({ kind: 'ellipse', x1: 0, y1: 0, x2: 5, y2: 3 }))).toEqual({ x: -5, y: -3, width: 10, height: 6 });
  expect(boxOf(shape({ kind: 'line', x1: 9, y1: 0, x2: 1, y2: 4 }))).toEqual({ x: 1, y: 0, width: 8, height: 4 });
  expect(boxOf(shape({ text: 'two\nlines' })).height).toBe(40);
});

it('shows all that is drawn', () => {
  const bounds = boundsOf(drawing({ nodes: [node('a', 0, 0)], shapes: [shape({ kind: 'rectangle', x1: 500, y1: 0, x2: 100, y2: 10 })] }), new Map([['a', { x: 0, y: 0 }]]));
  expect(bounds.x).toBeLessThan(-28);
  expect(bounds.x + bounds.width).toBeGreaterThan(600);
});

it('has some size when there is little or nothing to draw, which is then in its middle', () => {
  const { x, width } = boundsOf(drawing({ nodes: [node('a', 100, 0)] }), new Map([['a', { x: 100, y: 0 }]]));
  expect([x + width / 2, width, boundsOf(drawing({}), new Map()).width]).toEqual([100, 720, 720]);
});

it('fills a narrow frame with a lab of one node, as it would be too small to read there', () => {
  const { width, height } = boundsOf(drawing({ nodes: [node('a', 0, 0)] }), new Map([['a', { x: 0, y: 0 }]]), [], { width: 340, height: 300 });
  expect([width, height]).toEqual([340, 300]);
});


it.each([
  ['#FFFFFFFF', true],
  ['#fff', true],
  ['#FFEBC7', true],
  ['#808080FF', false],
  ['#000', false],
  ['', false],
])('takes %s for pale: %s', (colour, pale) => {
  expect(isPale(colour)).toBe(pale);
});
