import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { ErrorState, LoadingRows, NotFound } from '../components/states';
import { gated } from './gated';
import { PAGES } from './pages';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const routes = PAGES.flatMap((page) => [page, ...(page.below ?? []).map((each) => ({ needs: page.needs, label: page.label, ...each }))]).map(({ path, needs, label, load }) =>
  createRoute({ getParentRoute: () => root, path, component: gated(needs, label, load) }),
);

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  defaultPendingComponent: LoadingRows,
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error as Error} retry={reset} />,
  scrollRestoration: true,
});
