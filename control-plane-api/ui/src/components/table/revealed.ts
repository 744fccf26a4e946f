/** What of a list is seen: how far it is scrolled, its height, and how much of that a heading that stays on top covers. */
export interface View {
  top: number;
  height: number;
  heading: number;
}

/** How far a list of rows of *rowPx* is to be scrolled so that row *index* is seen: as little as possible, and not at all if it is. */
export function scrolledTo(index: number, rowPx: number, view: View): number {
  const itsTop = index * rowPx;
  const highest = itsTop + rowPx + view.heading - view.height;
  return Math.max(Math.min(view.top, itsTop), highest);
}

/** The rows that are made: those that are seen, and the one with the focus wherever it is, or its keys would be lost with it. */
export function withActive(seen: number[], active: number): number[] {
  const first = seen[0];
  if (first === undefined || seen.includes(active)) return seen;
  return active < first ? [active, ...seen] : [...seen, active];
}
