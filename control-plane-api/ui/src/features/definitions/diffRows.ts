/** One line of a diff, with its number before and after; null where it was not, or is no more. */
export interface Line {
  kind: 'same' | 'gone' | 'new';
  before: number | null;
  after: number | null;
  text: string;
}

export interface Hunk {
  lines: Line[];
}

export interface Pair {
  before: Line | null;
  after: Line | null;
}

export interface FileChange {
  hunks: Hunk[];
  /** What is said instead of lines, such as that a file is too large. */
  note: string;
}

const HEAD = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const KINDS: Record<string, Line['kind']> = { '-': 'gone', '+': 'new', ' ': 'same' };

/** The lines of a unified diff as its hunks. A hunk that adds to nothing counts its first line from one below it. */
export function hunksOf(lines: readonly string[]): FileChange {
  const hunks: Hunk[] = [];
  const notes: string[] = [];
  let [before, after] = [0, 0];
  for (const line of lines) {
    const head = HEAD.exec(line);
    if (head) {
      before = Number(head[1]) + (head[2] === '0' ? 1 : 0);
      after = Number(head[3]) + (head[4] === '0' ? 1 : 0);
      hunks.push({ lines: [] });
      continue;
    }
    const hunk = hunks.at(-1);
    // The diff leaves an empty line that stayed without its space.
    const kind = line === '' ? 'same' : KINDS[line[0] as string];
    if (!hunk || !kind) {
      notes.push(line);
      continue;
    }
    hunk.lines.push({ kind, before: kind === 'new' ? null : before++, after: kind === 'gone' ? null : after++, text: line.slice(1) });
  }
  return { hunks, note: notes.join(' ') };
}

/** The same side by side: what went stands beside what came in its place, as far as both go. */
export function paired(lines: readonly Line[]): Pair[] {
  const pairs: Pair[] = [];
  let [gone, come]: [Line[], Line[]] = [[], []];
  const settle = () => {
    for (let index = 0; index < Math.max(gone.length, come.length); index++) pairs.push({ before: gone[index] ?? null, after: come[index] ?? null });
    [gone, come] = [[], []];
  };
  for (const line of lines) {
    if (line.kind === 'gone' && come.length > 0) settle();
    if (line.kind === 'gone') gone.push(line);
    else if (line.kind === 'new') come.push(line);
    else {
      settle();
      pairs.push({ before: line, after: line });
    }
  }
  settle();
  return pairs;
}

export interface Parts {
  head: string;
  changed: string;
  tail: string;
}

/** *text* in three, where its middle is what it has not in common with *other* at either end. */
export function changedPart(text: string, other: string): Parts {
  let head = 0;
  while (head < Math.min(text.length, other.length) && text[head] === other[head]) head++;
  let tail = 0;
  while (tail < Math.min(text.length, other.length) - head && text[text.length - 1 - tail] === other[other.length - 1 - tail]) tail++;
  return { head: text.slice(0, head), changed: text.slice(head, text.length - tail), tail: text.slice(text.length - tail) };
}

/** "+3 −1" */
export function amountText({ hunks }: FileChange): string {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const count = (kind: Line['kind']) => lines.filter((line) => line.kind === kind).length;
  return `+${count('new')} −${count('gone')}`;
}
