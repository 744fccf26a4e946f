interface Interval {
  start: string;
  end: string;
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
