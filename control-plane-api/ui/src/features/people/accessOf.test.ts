import { expect, it } from 'vitest';
import { ACCESS } from '../../api/access.gen';
import { ROLES, SUMMARIES } from '../../api/roles.gen';
import { accessOf } from './accessOf';

const operations = (role: string) => accessOf(role).flatMap((each) => each.routes.map((route) => route.operation));

it('names every route of a role once, with what it does', () => {
  for (const role of Object.keys(ROLES)) {
    const allowed = Object.entries(ACCESS).flatMap(([operation, roles]) => ((roles as readonly string[]).includes(role) ? [operation] : []));
    expect(operations(role).sort()).toEqual(allowed.sort());
  }
  expect(Object.keys(ACCESS).filter((operation) => !SUMMARIES[operation])).toEqual([]);
});

it('a viewer changes nothing of other people', () => {
  const changes = accessOf('viewer').flatMap((each) => each.routes.filter((route) => route.changes).map((route) => route.operation));
  expect(changes).toEqual([]);
});
