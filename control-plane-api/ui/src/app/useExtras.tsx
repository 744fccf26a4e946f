import { useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useNextScheme } from './HeaderTools';
import { useAllowedPages } from './Navigation';
import { useShortcuts } from './shortcuts';

const Palette = lazy(() => import('./Palette'));
const ShortcutSheet = lazy(() => import('./ShortcutSheet'));

/** Palette, sheet of shortcuts and the shortcuts themselves; what is not on the page yet is loaded when it is asked for. */
export function useExtras() {
  const pages = useAllowedPages();
  const navigate = useNavigate();
  const nextScheme = useNextScheme();
  const [wanted, setWanted] = useState(0);
  const [sheet, setSheet] = useState(false);
  const openPalette = () => setWanted((times) => times + 1);
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
