import { IconCalendarTime, IconFlask, IconLayoutDashboard, IconServer2, type Icon } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { Operation } from '../api/access';

export const GROUPS = ['', 'Labs', 'Fleet', 'Scheduling', 'Integration', 'Administration'] as const;

export interface Page {
  path: string;
  /** Heading in the navigation under which it stands. */
  group: (typeof GROUPS)[number];
  label: string;
  icon: Icon;
  /** Pressed after `g`, it leads here. */
  key?: string;
  /** What the page reads first: whoever may not do that is not offered the page. */
  needs: Operation;
  /** Loaded when somebody goes there. The page is the module's `default`. */
  load: () => Promise<{ default: ComponentType }>;
  /** Pages that are reached from this one, such as that of a single thing. */
  below?: readonly { path: string; load: () => Promise<{ default: ComponentType }> }[];
}

/** Every page of the UI, one entry each: navigation, palette, shortcuts and routes are made from this. */
export const PAGES: readonly Page[] = [
  { path: '/', group: '', label: 'Overview', icon: IconLayoutDashboard, key: 'o', needs: 'GET /api/v1/capacity', load: () => import('../features/overview/OverviewPage') },
  { path: '/sessions', group: 'Labs', label: 'Sessions', icon: IconFlask, key: 's', needs: 'GET /api/v1/lablet-sessions', load: () => import('../features/sessions/SessionsPage'), below: [{ path: '/sessions/$sessionId', load: () => import('../features/sessions/SessionPage') }] },
  { path: '/workers', group: 'Fleet', label: 'Workers', icon: IconServer2, key: 'w', needs: 'GET /api/v1/workers', load: () => import('../features/workers/WorkersPage') },
  { path: '/scheduler', group: 'Scheduling', label: 'Scheduler', icon: IconCalendarTime, key: 'q', needs: 'GET /api/v1/scheduler/queue', load: () => import('../features/scheduler/SchedulerPage') },
];
