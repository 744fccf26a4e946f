import { useEffect } from 'react';

const NEXT_KEY_MS = 1200;

/** Runs what *keys* names: a single key ("?") or two after one another ("g s"). Keys typed into a field are text. */
export function useShortcuts(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    let first = '';
    let forget: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      const run = keys[first ? `${first} ${event.key}` : event.key];
      clearTimeout(forget);
      const begins = !first && Object.keys(keys).some((each) => each.startsWith(`${event.key} `));
      first = begins ? event.key : '';
      if (begins) forget = setTimeout(() => (first = ''), NEXT_KEY_MS);
      if (!run) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      clearTimeout(forget);
      window.removeEventListener('keydown', onKey);
    };
  }, [keys]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest('[role="dialog"]') !== null);
}
