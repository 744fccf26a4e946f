import { lazyRouteComponent } from '@tanstack/react-router';
import type { FunctionComponent } from 'react';
import { type Operation, useMay } from '../api/access';

const NotForYou = lazyRouteComponent(() => import('./NotForYou'));

/** The page that *load* brings, for those who may do *needs*; others are told which role it takes, and are shown nothing of it. */
export function gated(needs: Operation, label: string, load: () => Promise<{ default: FunctionComponent }>) {
  const Page = lazyRouteComponent(load);
  const Gated = () => (useMay()(needs) ? <Page /> : <NotForYou label={label} needs={needs} />);
  return Object.assign(Gated, { preload: Page.preload });
}
