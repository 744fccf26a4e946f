import { useEffect, useState } from 'react';

/**
 * Opens and closes a menu of the kit: `<Menu {...useMenu()}>`. By itself it hears Escape only once the focus has come
 * into it, so that the key would be lost between the click and that.
 */
export function useMenu() {
  const [opened, onChange] = useState(false);
  useEffect(() => {
    if (!opened) return;
    const onKeyDown = (event: KeyboardEvent) => event.key === 'Escape' && !event.isComposing && onChange(false);
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [opened]);
  return { opened, onChange };
}
