import { type KeyboardEvent, useState } from 'react';

const PAGE = 10;

/** Moves a focus over *count* rows by keyboard; *reveal* brings a row into view, *open* is Enter. */
export function useRowKeys(count: number, reveal: (index: number) => void, open: (index: number) => void) {
  const [active, setActive] = useState(0);
  const current = Math.min(active, Math.max(0, count - 1));
  const onKeyDown = (event: KeyboardEvent) => {
    if (count === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.dataset.index !== undefined) {
      event.preventDefault();
      return open(current);
    }
    const target = moved(event.key, current, count);
    if (target === null) return;
    event.preventDefault();
    setActive(target);
    reveal(target);
  };
  return { active: current, setActive, onKeyDown };
}

/** Where a key leads from row *from* of *count*; null when it is none of ours. */
export function moved(key: string, from: number, count: number): number | null {
  const steps: Record<string, number> = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + PAGE, PageUp: from - PAGE, Home: 0, End: count - 1 };
  const target = steps[key];
  return target === undefined ? null : Math.min(Math.max(target, 0), count - 1);
}
