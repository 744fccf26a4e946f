export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const CLOSEST = 24;
const FARTHEST = 1.5;

/** *view* nearer by *factor* (below 1: farther), with what is at *at* staying where it is seen; within the limits that *whole* sets. */
export function zoomed(view: Box, factor: number, at: { x: number; y: number }, whole: Box): Box {
  const width = Math.min(whole.width * FARTHEST, Math.max(whole.width / CLOSEST, view.width / factor));
  const share = width / view.width;
  return { x: at.x - (at.x - view.x) * share, y: at.y - (at.y - view.y) * share, width, height: view.height * share };
}

/** *view* moved, its middle never out of *whole*. */
export function moved(view: Box, dx: number, dy: number, whole: Box): Box {
  const within = (value: number, from: number, length: number) => Math.min(from + length, Math.max(from, value));
  const x = within(view.x + view.width / 2 + dx, whole.x, whole.width) - view.width / 2;
  const y = within(view.y + view.height / 2 + dy, whole.y, whole.height) - view.height / 2;
  return { ...view, x, y };
}

/** *view* with *at* in its middle, and so near that a node in it is as large as it was drawn, on what is *seen* of it. */
export function centredOn(view: Box, at: { x: number; y: number }, seen: { width: number; height: number }, whole: Box): Box {
  const near = seen.width > 0 ? zoomed(view, Math.max(1, perPixel(view, seen)), middleOf(view), whole) : view;
  return { ...near, x: at.x - near.width / 2, y: at.y - near.height / 2 };
}

/** The view at *share* of the way from one to another: it sets out and arrives slowly. */
export function onTheWay(from: Box, to: Box, share: number): Box {
  const eased = share * share * (3 - 2 * share);
  const at = (one: number, other: number) => one + (other - one) * eased;
  return { x: at(from.x, to.x), y: at(from.y, to.y), width: at(from.width, to.width), height: at(from.height, to.height) };
}

export function middleOf({ x, y, width, height }: Box): { x: number; y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}

/** How much of the canvas a pixel shows: the picture is as large as fits into *seen*, in its middle. */
export function perPixel(view: Box, seen: { width: number; height: number }): number {
  return Math.max(view.width / Math.max(1, seen.width), view.height / Math.max(1, seen.height));
}

/** The place on the canvas that is seen at *x*, *y* pixels from the upper left corner of *seen*. */
export function onCanvas(view: Box, seen: { width: number; height: number }, x: number, y: number): { x: number; y: number } {
  const each = perPixel(view, seen);
  const middle = middleOf(view);
  return { x: middle.x + (x - seen.width / 2) * each, y: middle.y + (y - seen.height / 2) * each };
}
