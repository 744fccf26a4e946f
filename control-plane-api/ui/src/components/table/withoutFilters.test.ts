import { expect, it } from 'vitest';
import { withoutFilters } from './withoutFilters';

it('takes the filters away and keeps how the list is shown', () => {
  expect(withoutFilters({ tab: 'history', view: 'cards', sort: 'created_at', of: 'nodes', status: 'FAILED', region: 'eu-west-1' })).toEqual({ tab: 'history', view: 'cards', sort: 'created_at', of: 'nodes' });
});
