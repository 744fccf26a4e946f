import { IconAdjustments, IconBell, IconCalendarEvent, IconCalendarTime, IconChartBar, IconFiles, IconFlask, IconHeartRateMonitor, IconHistory, IconLayoutDashboard, IconMailExclamation, IconServer2, IconStack2, IconTemplate, IconUsers, IconWebhook, type Icon } from '@tabler/icons-react';
import type { FunctionComponent } from 'react';
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
  load: () => Promise<{ default: FunctionComponent }>;
  /** Pages that are reached from this one, such as that of a single thing; `needs` where it is another. */
  below?: readonly { path: string; needs?: Operation; load: () => Promise<{ default: FunctionComponent }> }[];
}

/** Every page of the UI, one entry each: navigation, palette, shortcuts and routes are made from this. */
export const PAGES: readonly Page[] = [
  { path: '/', group: '', label: 'Overview', icon: IconLayoutDashboard, key: 'o', needs: 'GET /api/v1/capacity', load: () => import('../features/overview/OverviewPage') },
  { path: '/sessions', group: 'Labs', label: 'Sessions', icon: IconFlask, key: 's', needs: 'GET /api/v1/lablet-sessions', load: () => import('../features/sessions/SessionsPage'), below: [{ path: '/sessions/$sessionId', load: () => import('../features/sessions/SessionPage') }] },
  { path: '/definitions', group: 'Labs', label: 'Definitions', icon: IconFiles, key: 'l', needs: 'GET /api/v1/lablet-definitions', load: () => import('../features/definitions/DefinitionsPage'), below: [{ path: '/definitions/new', needs: 'POST /api/v1/lablet-definitions', load: () => import('../features/definitions/UploadPage') }, { path: '/definitions/$definitionId', load: () => import('../features/definitions/DefinitionPage') }] },
  { path: '/warm-pools', group: 'Labs', label: 'Warm pools', icon: IconStack2, key: 'p', needs: 'GET /api/v1/warm-pools', load: () => import('../features/definitions/WarmPoolsPage'), below: [{ path: '/warm-pools/$poolId', load: () => import('../features/definitions/WarmPoolPage') }] },
  { path: '/workers', group: 'Fleet', label: 'Workers', icon: IconServer2, key: 'w', needs: 'GET /api/v1/workers', load: () => import('../features/workers/WorkersPage'), below: [{ path: '/workers/$workerId', load: () => import('../features/workers/WorkerPage') }] },
  { path: '/dead-letters', group: 'Integration', label: 'Dead letters', icon: IconMailExclamation, key: 'd', needs: 'GET /api/v1/outbound-dead-letters', load: () => import('../features/dead-letters/DeadLettersPage') },
  { path: '/webhooks', group: 'Integration', label: 'Webhooks', icon: IconWebhook, key: 'h', needs: 'GET /api/v1/subscriptions', load: () => import('../features/webhooks/WebhooksPage'), below: [{ path: '/webhooks/$subscriptionId', load: () => import('../features/webhooks/SubscriptionPage') }] },
  { path: '/notifications', group: '', label: 'Notifications', icon: IconBell, key: 'n', needs: 'GET /api/v1/notifications', load: () => import('../features/notifications/NotificationsPage') },
  { path: '/settings', group: 'Administration', label: 'Settings', icon: IconAdjustments, key: 'e', needs: 'GET /api/v1/system/settings', load: () => import('../features/settings/SettingsPage') },
  { path: '/people', group: 'Administration', label: 'Users and roles', icon: IconUsers, key: 'u', needs: 'GET /api/v1/system', load: () => import('../features/people/PeoplePage') },
  { path: '/audit', group: 'Administration', label: 'Audit', icon: IconHistory, key: 'a', needs: 'GET /api/v1/audit', load: () => import('../features/audit/AuditPage'), below: [{ path: '/audit/$commitId', load: () => import('../features/audit/EntryPage') }] },
  { path: '/system', group: 'Administration', label: 'System', icon: IconHeartRateMonitor, key: 'y', needs: 'GET /api/v1/system', load: () => import('../features/system/SystemPage') },
  { path: '/reservations', group: 'Labs', label: 'Reservations', icon: IconCalendarEvent, key: 'r', needs: 'GET /api/v1/reservations', load: () => import('../features/reservations/ReservationsPage'), below: [{ path: '/reservations/book', needs: 'POST /api/v1/reservations', load: () => import('../features/reservations/BookPage') }, { path: '/reservations/$reservationId', load: () => import('../features/reservations/ReservationPage') }] },
  { path: '/capacity', group: 'Fleet', label: 'Capacity', icon: IconChartBar, key: 'c', needs: 'GET /api/v1/capacity', load: () => import('../features/capacity/CapacityPage') },
  { path: '/scheduler', group: 'Scheduling', label: 'Scheduler', icon: IconCalendarTime, key: 'q', needs: 'GET /api/v1/scheduler/queue', load: () => import('../features/scheduler/SchedulerPage'), below: [{ path: '/scheduler/decisions/$decisionId', load: () => import('../features/scheduler/DecisionPage') }] },
  { path: '/templates', group: 'Fleet', label: 'Templates', icon: IconTemplate, key: 't', needs: 'GET /api/v1/worker-templates', load: () => import('../features/templates/TemplatesPage'), below: [{ path: '/templates/$templateId', load: () => import('../features/templates/TemplatePage') }] },
];
