const PATIENCE_MS = 5_000;

/**
 * Keeps what is typed until a field has the focus, and hands it over then: nobody waits for the palette, and its first
 * letters are no shortcuts. Escape, or no field within some seconds, gives it up. The answer ends it at once.
 */
export function typedAhead(handOver: (typed: string) => void): () => void {
  let typed = '';
  const end = () => {
    clearTimeout(timer);
    window.removeEventListener('keydown', onKey, true);
    window.removeEventListener('focusin', onFocus);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
    if (event.key === 'Escape') return end();
    if (event.key === 'Backspace') typed = typed.slice(0, -1);
    else if (event.key.length === 1) typed += event.key;
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const onFocus = (event: FocusEvent) => {
    if (!isField(event.target)) return;
    end();
    if (typed) handOver(typed);
  };
  const timer = setTimeout(end, PATIENCE_MS);
  window.addEventListener('keydown', onKey, true);
  window.addEventListener('focusin', onFocus);
  return end;
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
