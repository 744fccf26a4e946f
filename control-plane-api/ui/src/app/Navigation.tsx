import { NavLink, ScrollArea, Text } from '@mantine/core';
import { Link, useRouterState } from '@tanstack/react-router';
import { useMay } from '../api/access';
import { GROUPS, PAGES, type Page } from './pages';

/** The pages that the person may see, by group. */
export function useAllowedPages(): Page[] {
  const may = useMay();
  return PAGES.filter((page) => may(page.needs));
}

export function Navigation({ onNavigate }: { onNavigate: () => void }) {
  const here = useRouterState({ select: (state) => state.location.pathname });
  const pages = useAllowedPages();
  return (
    <ScrollArea type="auto" component="nav" aria-label="Pages">
      {GROUPS.map((group) => {
        const inside = pages.filter((page) => page.group === group);
        if (inside.length === 0) return null;
        return (
          <div key={group} role="group" aria-label={group || 'Start'}>
            {group && (
              <Text size="xs" c="dimmed" fw={600} px="xs" pt={12} pb={2}>
                {group}
              </Text>
            )}
            {inside.map((page) => (
              <NavLink
                key={page.path}
                renderRoot={(props) => <Link to={page.path} {...props} />}
                label={page.label}
                leftSection={<page.icon size={18} aria-hidden />}
                active={isBelow(here, page.path)}
                onClick={onNavigate}
                style={{ borderRadius: 'var(--mantine-radius-md)' }}
              />
            ))}
          </div>
        );
      })}
    </ScrollArea>
  );
}

function isBelow(here: string, path: string): boolean {
  return path === '/' ? here === '/' : here === path || here.startsWith(`${path}/`);
}
