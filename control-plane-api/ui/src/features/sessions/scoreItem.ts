/** One thing that was graded, as it is shown. */
export interface ScoreItem {
  title: string;
  /** Where it was looked for, and what else the engine said of it. */
  detail: string;
  /** "2 of 3"; "" where the engine told no points. */
  points: string;
  passed: boolean | null;
}

const TOLD_ELSEWHERE = new Set(['name', 'device', 'command', 'detail', 'points', 'max_points', 'passed']);

/** What an engine says of an item, which is its own affair: what is known gets its place, the rest is told by name. */
export function scoreItem(item: Readonly<Record<string, unknown>>): ScoreItem {
  const rest = Object.entries(item).filter(([name, value]) => !TOLD_ELSEWHERE.has(name) && value !== null && value !== '');
  const known = [item.device, item.command, item.detail].filter((value) => value !== null && value !== undefined && value !== '').map(said);
  return {
    title: item.name === undefined ? 'Item' : said(item.name),
    detail: [...known, ...rest.map(([name, value]) => `${name.replaceAll('_', ' ')}: ${said(value)}`)].join(' · '),
    points: typeof item.points === 'number' ? [item.points, item.max_points].filter((value) => typeof value === 'number').join(' of ') : '',
    passed: typeof item.passed === 'boolean' ? item.passed : null,
  };
}

function said(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
