import type { Schemas } from '../../api/types';

export type Thing = Schemas['Thing'];

/** Where people look at a thing; undefined for what has no page. */
export function thingLink({ kind, id }: Thing): string | undefined {
  if (kind === 'lablet_session') return `/sessions/${id}`;
  if (kind === 'cml_worker') return `/workers/${id}`;
  if (kind === 'subscription') return `/webhooks/${id}`;
  if (kind === 'service') return '/system';
  return undefined;
}

const KIND_PAGES: Record<string, string> = {
  inbound_dead_letters: '/dead-letters',
  outbound_dead_letters: '/dead-letters?tab=outbound',
  deliveries_waiting: '/webhooks',
  region_capacity: '/capacity',
  region_limit: '/workers',
  fleet_budget: '/workers',
  promises_at_risk: '/scheduler',
};

/** The page of the matter itself, where the thing has none. */
export function pageOf(notification: { kind: string; subject: Thing }): string | undefined {
  return thingLink(notification.subject) ?? KIND_PAGES[notification.kind];
}
