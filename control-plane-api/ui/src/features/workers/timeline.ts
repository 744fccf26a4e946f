interface Interval {
  start: string;
  end: string;
}

/** So far ahead bars are told apart; what is promised for later is only counted. */
const AHEAD_MS = 24 * 3_600_000;

/** Those of *intervals* that begin within a day, and how many begin later; of later ones alone the first day is shown. */
export function withinReach<T extends { interval: Interval }>(allocations: readonly T[], now: number): { shown: T[]; later: number } {
  const starts = allocations.map((each) => Date.parse(each.interval.start));
  const until = Math.max(now, Math.min(...starts)) + AHEAD_MS;
  const shown = allocations.filter((_, index) => (starts[index] ?? 0) < until);
  return { shown, later: allocations.length - shown.length };
}

/** The time that *intervals* and *now* (milliseconds) span, and where each lies in it, in percent. */
export function spanOf(intervals: readonly Interval[], now: number) {
  const start = Math.min(now, ...intervals.map((each) => Date.parse(each.start)));
  const end = Math.max(now + 1, ...intervals.map((each) => Date.parse(each.end)));
  const percent = (at: number) => (100 * (at - start)) / (end - start);
  return {
    start,
    end,
    now: percent(now),
    place: (interval: Interval) => {
      const left = percent(Date.parse(interval.start));
      return { left, width: percent(Date.parse(interval.end)) - left };
    },
  };
}
