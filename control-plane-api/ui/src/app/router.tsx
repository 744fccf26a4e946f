import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { ErrorState, LoadingRows, NotFound } from '../components/states';
import { PAGES } from './pages';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const routes = PAGES.flatMap((page) => [page, ...(page.below ?? [])]).map(({ path, load }) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) }),
);

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  defaultPendingComponent: LoadingRows,
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error as Error} retry={reset} />,
  scrollRestoration: true,
});
