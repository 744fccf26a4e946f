const UNITS: [number, string][] = [[86_400, 'd'], [3_600, 'h'], [60, 'min'], [1, 's']];

/** Seconds as people say them, in the largest unit that fits and the next: "2 d 3 h". */
export function durationText(seconds: number): string {
  const whole = Math.floor(seconds);
  const from = UNITS.findIndex(([size]) => whole >= size);
  if (from < 0) return '0 s';
  let rest = whole;
  const parts = UNITS.slice(from, from + 2).map(([size, unit]) => {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    return amount > 0 ? `${amount} ${unit}` : '';
  });
  return parts.filter(Boolean).join(' ');
}
