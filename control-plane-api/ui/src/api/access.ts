import { createContext, use } from 'react';
import { ACCESS } from './access.gen';
import type { Me } from './types';

/** A change or a read of the API, as `METHOD path`; who may do it is made from the routes themselves. */
export type Operation = keyof typeof ACCESS;

export const MeContext = createContext<Me | null>(null);

/** Who is logged in; only inside of the shell. */
export function useMe(): Me {
  const me = use(MeContext);
  if (!me) throw new Error('useMe is for components inside of the shell');
  return me;
}

/** Whether *roles* may do *operation*. The API asks again: this only decides what is offered. */
export function mayDo(roles: readonly string[], operation: Operation): boolean {
  return (ACCESS[operation] as readonly string[]).some((role) => roles.includes(role));
}

export function useMay(): (operation: Operation) => boolean {
  const { roles = [] } = useMe();
  return (operation) => mayDo(roles, operation);
}
