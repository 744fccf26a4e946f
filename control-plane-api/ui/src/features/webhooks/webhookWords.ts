import type { Schemas } from '../../api/types';
import type { Tone } from '../../app/theme';

export type Subscription = Schemas['SubscriptionReadModel'];
export type Delivery = Schemas['DeliveryAttempt'];

export const STATES = ['PENDING', 'ACTIVE', 'PAUSED', 'ENDED'] as const;
export const stateTone: Record<Subscription['status'], Tone> = { PENDING: 'waiting', ACTIVE: 'good', PAUSED: 'moving', ENDED: 'resting' };

export const OUTCOMES = ['delivered', 'failed', 'dead', 'gone'] as const;
export const outcomeTone: Record<Delivery['outcome'], Tone> = { delivered: 'good', failed: 'moving', dead: 'bad', gone: 'bad' };

/** What its receiver has to do, or what the system is doing for it, in one sentence. */
export function stateText(subscription: Pick<Subscription, 'status' | 'status_reason' | 'replays'>): string {
  const { status, status_reason, replays } = subscription;
  const why = status_reason ? `: ${status_reason}` : '';
  if (status === 'PENDING') return `Waits until its receiver agrees to take events${why}`;
  if (status === 'PAUSED') return `Paused${why}. Events are kept meanwhile.`;
  if (status === 'ENDED') return `Ended${why}`;
  return replays && replays.length > 0 ? 'Events are sent; some are being sent again' : 'Events are sent as they happen';
}

/** Types as one types them, separated by commas or blanks. */
export function typesOf(typed: string): string[] {
  return [...new Set(typed.split(/[\s,]+/).filter(Boolean))];
}

/**
 * What is wrong with *typed* types of events; empty when all is right. A type is a name of the catalogue, or the
 * beginning of one that ends in `*`: the API says the same, only later.
 */
export function typesProblem(typed: string, catalogue: readonly string[]): string {
  const known = (type: string) => (type.endsWith('*') ? catalogue.some((name) => name.startsWith(type.slice(0, -1))) : catalogue.includes(type));
  const unknown = typesOf(typed).filter((type) => !known(type));
  return unknown.length > 0 ? `No event is called ${unknown.join(', ')}` : '';
}

/** What is wrong with an address; empty when nothing is. Whether the system may reach it, only the system knows. */
export function addressProblem(typed: string): string {
  let address: URL;
  try {
    address = new URL(typed);
  } catch {
    return 'Not an address; one begins with https://';
  }
  if (address.protocol !== 'https:' && address.protocol !== 'http:') return 'Only https (or http, where that is allowed) is sent to';
  return address.username || address.password ? 'An address with a name or a password in it is not taken' : '';
}
