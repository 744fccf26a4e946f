const PATIENCE_MS = 5_000;

/**
 * Keeps what is typed until a field has the focus, and writes it there: nobody waits for the palette, and its first
 * letters are no shortcuts. Escape, or no field within some seconds, gives it up. The answer ends it at once.
 */
export function typedAhead(): () => void {
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
    if (typed) write(event.target, typed);
  };
  const timer = setTimeout(end, PATIENCE_MS);
  window.addEventListener('keydown', onKey, true);
  window.addEventListener('focusin', onFocus);
  return end;
}

function isField(target: EventTarget | null): target is HTMLInputElement {
  return target instanceof HTMLInputElement;
}

/** As typing does it, at once: a state that is set instead may come after the next letter, and lose one of them. */
function write(field: HTMLInputElement, text: string): void {
  // React knows of the own property only: past it, the change is seen as one of a person.
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text + field.value);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}
