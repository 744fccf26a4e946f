import type { Schemas } from '../../api/types';

type Allocation = Schemas['CapacityAllocation'];
type Vector = Schemas['ResourceVector'];
interface Held {
  interval: Allocation['interval'];
  vector: Partial<Vector>;
}

const DIMENSIONS = ['cpu_cores', 'memory_gb', 'storage_gb', 'nodes', 'ports'] as const;
export const SNAP_MS = 5 * 60_000;

export interface Span {
  from: number;
  to: number;
}

export interface Band extends Span {
  /** Share in use of what is scarcest, 0 to 1 and above. */
  share: number;
}

/** How full a worker is over *window*, by the dimension that is scarcest at each instant. */
export function bandsOf(declared: Partial<Vector>, allocations: readonly Held[], window: Span): Band[] {
  const held = allocations.map(({ interval, vector }) => ({ from: Date.parse(interval.start), to: Date.parse(interval.end), vector }));
  const edges = [window.from, window.to, ...held.flatMap(({ from, to }) => [from, to])].filter((at) => at >= window.from && at <= window.to);
  const sorted = [...new Set(edges)].sort((one, other) => one - other);
  return sorted.slice(0, -1).map((from, index) => {
    const there = held.filter((each) => each.from <= from && each.to > from);
    const shares = DIMENSIONS.map((name) => (declared[name] ? there.reduce((sum, each) => sum + (each.vector[name] ?? 0), 0) / declared[name] : 0));
    return { from, to: sorted[index + 1] as number, share: Math.max(0, ...shares) };
  });
}

/** Pixels of a bar at the least, so that a finger meets it, and of the narrowest lane: what is drawn and the lines go by them. */
export const BAR_PX = 24;
const LANE_PX = 590;
/** Where there is little width: an hour is as wide as its bars need to be told apart, and the rest is scrolled to. */
const SCROLLED_PX = [{ hours: 6, px: 600 }, { hours: 24, px: 864 }, { hours: 72, px: 1440 }];
const PX_PER_HOUR = 14;
const MARK_PX = 72;
const NARROW_PX = 640;

/** Pixels of a lane at the least that shows *hours* in a frame of *width* pixels; 0 for a width that is not known yet. */
export function lanePx(hours: number, width: number): number {
  if (width === 0 || width >= NARROW_PX) return LANE_PX;
  return SCROLLED_PX.find((each) => hours <= each.hours)?.px ?? hours * PX_PER_HOUR;
}

/** What a bar takes up of a lane of *px* pixels: what is seen of it within the window, and never less than a finger needs. */
export function taken({ from, to }: Span, window: Span, px = LANE_PX): Span {
  const least = (BAR_PX / px) * (window.to - window.from);
  const begin = Math.min(Math.max(from, window.from), window.to - least);
  return { from: begin, to: Math.max(Math.min(to, window.to), begin + least) };
}

/** Which line each bar is drawn in, so that none lies on another. */
export function linesOf(bars: readonly Span[]): number[] {
  const order = bars.map((_, index) => index).sort((one, other) => (bars[one] as Span).from - (bars[other] as Span).from);
  const ends: number[] = [];
  const lines = bars.map(() => 0);
  for (const index of order) {
    const { from, to } = bars[index] as Span;
    const free = ends.findIndex((end) => end <= from);
    const line = free < 0 ? ends.length : free;
    ends[line] = to;
    lines[index] = line;
  }
  return lines;
}

/** Where something moved by *pixels* begins, on the grid of five minutes. */
export function movedBy(start: number, pixels: number, width: number, window: Span): number {
  const moved = start + (pixels / Math.max(1, width)) * (window.to - window.from);
  return Math.round(moved / SNAP_MS) * SNAP_MS;
}

/** Percent from the left, kept within the window. */
export function placeOf({ from, to }: Span, window: Span): { left: number; width: number } {
  const share = (at: number) => (100 * (Math.min(Math.max(at, window.from), window.to) - window.from)) / (window.to - window.from);
  return { left: share(from), width: Math.max(share(to) - share(from), 0.4) };
}

const HOUR = 3_600_000;

/** Marks of the time axis, as many as have room in *px* pixels: at the reader's midnight and whole steps of hours after it. */
export function marksOf(window: Span, px = LANE_PX): number[] {
  const hours = (window.to - window.from) / HOUR;
  const step = [1, 2, 3, 6, 12, 24].find((each) => hours / each <= px / MARK_PX) ?? 24;
  const day = new Date(window.from);
  const marks: number[] = [];
  for (let hour = 0, at = 0; at < window.to; hour += step) {
    at = new Date(day.getFullYear(), day.getMonth(), day.getDate(), hour).getTime();
    if (at >= window.from && at < window.to) marks.push(at);
  }
  return marks;
}

/** What a mark is called: the day at midnight, the time else. */
export function markText(at: number): string {
  const date = new Date(at);
  if (date.getHours() === 0) return date.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
  return date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
