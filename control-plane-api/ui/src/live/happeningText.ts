import type { Happening } from './store';

/** "Lablet session: step retried" of `lablet_session.step_retried.v1`. */
export function happeningText({ type }: Pick<Happening, 'type'>): string {
  const [kind = '', what = ''] = type.split('.');
  const words = `${kind}: ${what}`.replaceAll('_', ' ');
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(/^Cml worker/, 'Worker').replace(/^Lablet session/, 'Session').replace(/^Lablet definition/, 'Definition');
}

const PLACES: Readonly<Record<string, string>> = { lablet_session: '/sessions', cml_worker: '/workers' };

/** Address of the page of the thing that it happened to, where there is one. */
export function placeOf({ kind, aggregateId }: Pick<Happening, 'kind' | 'aggregateId'>): string | undefined {
  return PLACES[kind] && `${PLACES[kind]}/${aggregateId}`;
}
