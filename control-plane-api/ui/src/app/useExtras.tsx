import { useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useNextScheme } from './HeaderTools';
import { useAllowedPages } from './Navigation';
import { useShortcuts } from './shortcuts';
import { typedAhead } from './typedAhead';

const Palette = lazy(() => import('./Palette'));
const ShortcutSheet = lazy(() => import('./ShortcutSheet'));

/** Palette, sheet of shortcuts and the shortcuts themselves; what is not on the page yet is loaded when it is asked for. */
export function useExtras() {
  const pages = useAllowedPages();
  const navigate = useNavigate();
  const nextScheme = useNextScheme();
  const [wanted, setWanted] = useState(0);
  const [sheet, setSheet] = useState(false);
  const gathering = useRef<() => void>(undefined);
  const openPalette = () => {
    gathering.current?.();
    gathering.current = typedAhead();
    setWanted((times) => times + 1);
  };
  useEffect(() => () => gathering.current?.(), []);
  useHotkeys([['mod+K', openPalette]], [], true);
  const keys = useMemo(
    () => ({
      '/': openPalette,
      '?': () => setSheet(true),
      t: nextScheme,
      ...Object.fromEntries(pages.filter((page) => page.key).map((page) => [`g ${page.key}`, () => void navigate({ to: page.path })])),
    }),
    [pages, navigate, nextScheme],
  );
  useShortcuts(keys);
  const extras = (
    <Suspense>
      {wanted > 0 && <Palette wanted={wanted} pages={pages} showShortcuts={() => setSheet(true)} switchColours={nextScheme} />}
      {sheet && <ShortcutSheet pages={pages} close={() => setSheet(false)} />}
    </Suspense>
  );
  return { openPalette, extras };
}
