import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { SessionPage } from '../features/sessions/SessionPage';
import { SessionsPage } from '../features/sessions/SessionsPage';
import { WorkersPage } from '../features/workers/WorkersPage';
import { NotFound } from '../components/states';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/sessions', search: { show: 'live' } });
  },
});

export type SessionsShown = 'live' | 'ended' | 'all';

export const sessionsRoute = createRoute({
  getParentRoute: () => root,
  path: '/sessions',
  validateSearch: (search): { show: SessionsShown } => ({
    show: search.show === 'ended' || search.show === 'all' ? search.show : 'live',
  }),
  component: SessionsPage,
});

export const sessionRoute = createRoute({
  getParentRoute: () => root,
  path: '/sessions/$sessionId',
  component: SessionPage,
});

const workers = createRoute({ getParentRoute: () => root, path: '/workers', component: WorkersPage });

export const routeTree = root.addChildren([home, sessionsRoute, sessionRoute, workers]);
export const router = createRouter({ routeTree, defaultPreload: 'intent' });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
