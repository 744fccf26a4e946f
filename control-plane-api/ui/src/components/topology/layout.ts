import type { Box } from './view';
import type { DrawnLink, DrawnShape, Drawing } from './topologyWords';

export interface Point {
  x: number;
  y: number;
}

export const NODE_PX = 56;
export const LABEL_PX = 15;
const GAP_PX = 170;
const MARGIN_PX = 30;
export const LETTER = 0.62;
export const LINE = 1.25;
const POINT_PX = 4 / 3;

/** Where each node stands: as the topology says; the others on a ring of their own, to the right of those that stand. */
export function placesOf({ nodes }: Drawing): Map<string, Point> {
  const placed = new Map<string, Point>();
  for (const { id, x, y } of nodes) if (x != null && y != null) placed.set(id, { x, y });
  const lost = nodes.filter(({ id }) => !placed.has(id));
  if (lost.length === 0) return placed;
  const radius = lost.length === 1 ? 0 : Math.max(GAP_PX, (lost.length * GAP_PX) / (2 * Math.PI));
  const standing = [...placed.values()];
  const middle = standing.length === 0 ? { x: 0, y: 0 } : { x: Math.max(...standing.map(({ x }) => x)) + radius + GAP_PX, y: standing.reduce((sum, { y }) => sum + y, 0) / standing.length };
  lost.forEach(({ id }, index) => {
    const angle = (2 * Math.PI * index) / lost.length - Math.PI / 2;
    placed.set(id, { x: Math.round(middle.x + radius * Math.cos(angle)), y: Math.round(middle.y + radius * Math.sin(angle)) });
  });
  return placed;
}

export interface Wire {
  link: DrawnLink;
  from: Point;
  to: Point;
  /** Through which the line is bent, where several run between the same two nodes. */
  over: Point;
}

const BEND_PX = 26;

/** The line of each link; those between the same two nodes are bent apart, so that each is seen. */
export function wiresOf(links: readonly DrawnLink[], places: ReadonlyMap<string, Point>): Wire[] {
  const pair = ({ from_node, to_node }: DrawnLink) => [from_node, to_node].sort().join('\n');
  const together = new Map<string, DrawnLink[]>();
  for (const link of links) together.set(pair(link), [...(together.get(pair(link)) ?? []), link]);
  return links.flatMap((link) => {
    const from = places.get(link.from_node);
    const to = places.get(link.to_node);
    if (!from || !to) return [];
    const beside = together.get(pair(link)) ?? [link];
    // Seen from the same end for all of them, or two would be bent to the same side.
    const turned = link.from_node > link.to_node ? -1 : 1;
    const bend = turned * BEND_PX * 2 * (beside.indexOf(link) - (beside.length - 1) / 2);
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const over = { x: (from.x + to.x) / 2 - (bend * (to.y - from.y)) / length, y: (from.y + to.y) / 2 + (bend * (to.x - from.x)) / length };
    return [{ link, from, to, over }];
  });
}

/** The point of a wire at *share* of its way: 0 is its first node, 1 its second. */
export function along({ from, over, to }: Wire, share: number): Point {
  const rest = 1 - share;
  const at = (a: number, b: number, c: number) => rest * rest * a + 2 * rest * share * b + share * share * c;
  return { x: at(from.x, over.x, to.x), y: at(from.y, over.y, to.y) };
}

/** The box around *places*, with *padding* on every side; null of none. */
export function around(places: readonly Point[], padding: number): Box | null {
  if (places.length === 0) return null;
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  const x = Math.min(...xs) - padding;
  const y = Math.min(...ys) - padding;
  return { x, y, width: Math.max(...xs) + padding - x, height: Math.max(...ys) + padding - y };
}

/** Pixels of a text's letters. */
export function textPx(shape: DrawnShape): number {
  return (shape.text_points ?? 12) * POINT_PX;
}

/** The box that a shape fills; of a text about, since only a browser knows its letters. */
export function boxOf(shape: DrawnShape): Box {
  const { kind, x1, y1, x2 = 0, y2 = 0 } = shape;
  if (kind === 'rectangle') return { x: Math.min(x1, x1 + x2), y: Math.min(y1, y1 + y2), width: Math.abs(x2), height: Math.abs(y2) };
  if (kind === 'ellipse') return { x: x1 - Math.abs(x2), y: y1 - Math.abs(y2), width: 2 * Math.abs(x2), height: 2 * Math.abs(y2) };
  if (kind === 'line') return { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) };
  const lines = (shape.text ?? '').split('\n');
  const letters = Math.max(...lines.map((line) => line.length));
  return { x: x1, y: y1, width: letters * LETTER * textPx(shape), height: lines.length * LINE * textPx(shape) };
}

/** The box around all that is drawn, *texts* too, with some margin, and of some size even when that is little or nothing. */
export function boundsOf(drawing: Drawing, places: ReadonlyMap<string, Point>, texts: readonly Box[] = [], frame: Pick<Box, 'width' | 'height'> = LEAST_PX): Box {
  const nodes = drawing.nodes.flatMap(({ id, label }): Box[] => {
    const at = places.get(id);
    const half = Math.max(NODE_PX, label.length * LETTER * LABEL_PX) / 2;
    return at ? [{ x: at.x - half, y: at.y - NODE_PX / 2, width: 2 * half, height: NODE_PX + 2 * LABEL_PX }] : [];
  });
  const groups = (drawing.groups ?? []).flatMap((group) => around(group.node_ids.flatMap((id) => places.get(id) ?? []), group.padding ?? 0) ?? []);
  const corners = [...nodes, ...groups, ...texts, ...(drawing.shapes ?? []).map(boxOf)].flatMap(({ x, y, width, height }) => [{ x, y }, { x: x + width, y: y + height }]);
  return atLeast(around(corners, MARGIN_PX) ?? { x: 0, y: 0, width: 0, height: 0 }, frame);
}

const LEAST_PX = { width: 720, height: 380 };

/** A lab of two nodes does not fill the page with them; on a phone it does, as it would be too small to read else. */
function atLeast({ x, y, width, height }: Box, frame: Pick<Box, 'width' | 'height'>): Box {
  const least = { width: Math.min(LEAST_PX.width, frame.width), height: Math.min(LEAST_PX.height, frame.height) };
  const [wider, higher] = [Math.max(0, least.width - width), Math.max(0, least.height - height)];
  return { x: x - wider / 2, y: y - higher / 2, width: width + wider, height: height + higher };
}

const PALE = 0.8;

/** Whether letters of *colour* (#RGB, #RRGGBB, with or without their opacity) need an outline to be read on a light canvas. */
export function isPale(colour: string): boolean {
  const digits = colour.slice(1);
  const parts = digits.length < 6 ? [...digits].map((digit) => digit + digit) : (digits.match(/../g) ?? []);
  const [red = 0, green = 0, blue = 0] = parts.map((part) => parseInt(part, 16) / 255);
  return colour !== '' && 0.2126 * red + 0.7152 * green + 0.0722 * blue > PALE;
}
