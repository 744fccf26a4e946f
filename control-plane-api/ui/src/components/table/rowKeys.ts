import { type KeyboardEvent, useState } from 'react';

const PAGE = 10;

/** Which of *count* rows has the focus when the list has it, and how to give it to another. */
export function useActiveRow(count: number): [active: number, setActive: (index: number) => void] {
  const [active, setActive] = useState(0);
  return [Math.min(active, Math.max(0, count - 1)), setActive];
}

/** Moves the focus from row *current* over *count* rows by keyboard; *go* makes another one active and brings it into view, *open* is Enter. */
export function rowKeys(current: number, count: number, go: (index: number) => void, open: (index: number) => void) {
  return (event: KeyboardEvent) => {
    if (count === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.dataset.index !== undefined) {
      event.preventDefault();
      return open(current);
    }
    const target = moved(event.key, current, count);
    if (target === null) return;
    event.preventDefault();
    go(target);
  };
}

/** Where a key leads from row *from* of *count*; null when it is none of ours. */
export function moved(key: string, from: number, count: number): number | null {
  const steps: Record<string, number> = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + PAGE, PageUp: from - PAGE, Home: 0, End: count - 1 };
  const target = steps[key];
  return target === undefined ? null : Math.min(Math.max(target, 0), count - 1);
}
