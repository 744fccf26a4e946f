import { createContext, lazy, type ReactNode, Suspense, use, useState } from 'react';
import { useMay } from '../api/access';
import type { Action } from './action';

const ActionDialog = lazy(() => import('./ActionDialog').then((module) => ({ default: module.ActionDialog })));
const AskContext = createContext<(action: Action) => void>(() => {
  throw new Error('useAction is for components inside of the shell');
});

/** Holds the one dialog of the page. */
export function ActionProvider({ children }: { children: ReactNode }) {
  const [asked, ask] = useState<Action | null>(null);
  return (
    <AskContext value={ask}>
      {children}
      {asked && (
        <Suspense>
          <ActionDialog key={asked.label} action={asked} close={() => ask(null)} />
        </Suspense>
      )}
    </AskContext>
  );
}

/** Begins an action: the dialog tells its consequence, asks for the reason and sends it. */
export function useAction(): (action: Action) => void {
  return use(AskContext);
}

/** Those of *actions* that the person's roles may do. */
export function useAllowed(actions: readonly Action[]): Action[] {
  const may = useMay();
  return actions.filter((action) => may(action.operation));
}
