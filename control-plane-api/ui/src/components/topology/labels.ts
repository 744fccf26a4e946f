import { along, around, LABEL_PX, LETTER, LINE, NODE_PX, type Point, type Wire } from './layout';
import type { Drawing } from './topologyWords';
import type { Box } from './view';

export const GROUP_LABEL_PX = 13;
export const END_PX = 12;
const AWAY_PX = 6;
/** Where along its wire the name of an interface may stand, counted from its node. */
const SHARES = [0.3, 0.24, 0.36, 0.18, 0.42];

/** A text in the picture: the box that it fills, about, since only a browser knows its letters. */
export interface Label {
  key: string;
  text: string;
  box: Box;
}

interface Wish {
  key: string;
  text: string;
  /** Where it may stand, the best first. */
  boxes: Box[];
}

/** Each wish where it covers nothing that is *taken* and no other text; what finds no such place is left out. */
export function free(wishes: readonly Wish[], taken: readonly Box[]): Label[] {
  const full = [...taken];
  return wishes.flatMap(({ key, text, boxes }) => {
    const box = boxes.find((each) => !full.some((other) => overlap(each, other)));
    if (!box) return [];
    full.push(box);
    return [{ key, text, box }];
  });
}

/** What the nodes fill, each with its name below it. */
export function nodeBoxes(drawing: Drawing, places: ReadonlyMap<string, Point>): Box[] {
  return drawing.nodes.flatMap(({ id, label }) => {
    const at = places.get(id);
    if (!at) return [];
    const name = textSize(label, LABEL_PX);
    return [
      { x: at.x - NODE_PX / 2, y: at.y - NODE_PX / 2, width: NODE_PX, height: NODE_PX },
      { x: at.x - name.width / 2, y: at.y + NODE_PX / 2, ...name },
    ];
  });
}

/** The names of the groups: beside the box of a single node, within that of several; those of one box below each other. */
export function groupLabels(drawing: Drawing, places: ReadonlyMap<string, Point>): Label[] {
  const wishes = (drawing.groups ?? []).flatMap((group): Wish[] => {
    const box = around(group.node_ids.flatMap((id) => places.get(id) ?? []), group.padding ?? 0);
    if (!box || !group.label) return [];
    const size = textSize(group.label, GROUP_LABEL_PX);
    const boxes = group.node_ids.length === 1 ? beside(box, size) : [...within(box, size), ...beside(box, size)];
    return [{ key: group.tag, text: group.label, boxes }];
  });
  return free(wishes, nodeBoxes(drawing, places));
}

/** The names of both interfaces of each of *wires*, near their nodes. */
export function endLabels(wires: readonly Wire[], taken: readonly Box[]): Label[] {
  const wish = (wire: Wire, text: string, shares: readonly number[], end: string): Wish => ({ key: `${wire.link.id} ${end}`, text, boxes: shares.map((share) => centred(along(wire, share), textSize(text, END_PX))) });
  return free(
    wires.flatMap((wire) => [
      wish(wire, wire.link.from_interface, SHARES, 'from'),
      wish(wire, wire.link.to_interface, SHARES.map((share) => 1 - share), 'to'),
    ]),
    taken,
  );
}

type Size = Pick<Box, 'width' | 'height'>;

function textSize(text: string, px: number): Size {
  return { width: text.length * LETTER * px, height: LINE * px };
}

function centred({ x, y }: Point, { width, height }: Size): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function beside(box: Box, size: Size): Box[] {
  const lines = [0, 1, 2, 3].map((line) => box.y + AWAY_PX + line * size.height);
  const right = lines.map((y) => ({ x: box.x + box.width + AWAY_PX, y, ...size }));
  const left = lines.map((y) => ({ x: box.x - AWAY_PX - size.width, y, ...size }));
  return [...right, ...left];
}

function within(box: Box, size: Size): Box[] {
  const x = box.x + 2 * AWAY_PX;
  return [0, 1, 2].flatMap((line) => [
    { x, y: box.y + AWAY_PX + line * size.height, ...size },
    { x, y: box.y + box.height - AWAY_PX - (line + 1) * size.height, ...size },
  ]);
}

function overlap(one: Box, other: Box): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}
