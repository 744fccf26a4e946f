import { expect, it } from 'vitest';
import { pageOf, thingLink } from './thingLink';

it('leads to the page of a thing that has one', () => {
  expect(thingLink({ kind: 'cml_worker', id: 'w', name: 'W' })).toBe('/workers/w');
  expect(thingLink({ kind: 'region', id: 'us-east-1', name: '' })).toBeUndefined();
});

it('leads to the page of the matter where the thing has none', () => {
  const fleet = { kind: 'fleet', id: 'fleet', name: 'the fleet' };
  expect(pageOf({ kind: 'inbound_dead_letters', subject: fleet })).toBe('/dead-letters');
  expect(pageOf({ kind: 'sessions_failed', subject: fleet })).toBeUndefined();
});
