import { Spotlight, spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import '@mantine/spotlight/styles.css';
import { IconArrowRight, IconKeyboard, IconLogout, IconSearch, IconSunMoon } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { SessionRow, WorkerRow } from '../api/types';
import { useLiveRows } from '../live/useLive';
import { bestOf } from './bestOf';
import type { Page } from './pages';

interface Props {
  /** Grows each time that the palette shall open. */
  wanted: number;
  pages: readonly Page[];
  showShortcuts: () => void;
  switchColours: () => void;
}

/** Everything that can be reached by typing: pages, live sessions and workers by name or id, and what the shell does. */
export default function Palette({ wanted, pages, showShortcuts, switchColours }: Props) {
  useEffect(() => spotlight.open(), [wanted]);
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  const found = useFound(query.trim().toLowerCase());
  const goTo = (to: string) => () => void navigate({ to });
  const actions: (SpotlightActionData | SpotlightActionGroupData)[] = [
    { group: 'Found', actions: found.map((each) => ({ ...each, keywords: query, leftSection: <IconArrowRight size={18} />, onClick: goTo(each.id) })) },
    {
      group: 'Pages',
      actions: pages.map((page) => ({ id: page.path, label: page.label, description: page.group || undefined, leftSection: <page.icon size={18} />, onClick: goTo(page.path) })),
    },
    {
      group: 'Do',
      actions: [
        { id: 'shortcuts', label: 'Show keyboard shortcuts', leftSection: <IconKeyboard size={18} />, onClick: showShortcuts },
        { id: 'colours', label: 'Switch colours: light, dark, as the system', leftSection: <IconSunMoon size={18} />, onClick: switchColours },
        { id: 'logout', label: 'Log out', leftSection: <IconLogout size={18} />, onClick: () => window.location.assign('/auth/logout') },
      ],
    },
  ];
  return (
    <Spotlight
      actions={actions}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      nothingFound="Nothing of that name. Sessions that ended long ago are found in the list of sessions."
      searchProps={{ leftSection: <IconSearch size={18} />, placeholder: 'Page, session, learner, worker, id …', 'aria-label': 'Search' }}
      scrollable
      maxHeight="60vh"
      // The kit's own is too faint on the row that is chosen.
      styles={{ actionDescription: { opacity: 1 } }}
    />
  );
}

function useFound(query: string): { id: string; label: string; description: string }[] {
  const sessions = useLiveRows('lablet_session');
  const workers = useLiveRows('cml_worker');
  if (query.length < 2) return [];
  const session = (row: SessionRow) => ({ id: `/sessions/${row.id}`, label: `${row.definition_name} for ${row.candidate.username}`, description: `${row.status} · ${row.id}` });
  const worker = (row: WorkerRow) => ({ id: `/workers/${row.id}`, label: row.name, description: `${row.status} · ${row.instance_type} · ${row.id}` });
  const all = [...[...(sessions?.values() ?? [])].map(session), ...[...(workers?.values() ?? [])].map(worker)];
  return bestOf(all, query);
}
