import { expect, it } from 'vitest';
import { counted } from './counted';

it('has the noun in the number of its amount', () => {
  expect([0, 1, 1204].map((amount) => counted(amount, 'node'))).toEqual(['0 nodes', '1 node', '1,204 nodes']);
  expect(counted(2, 'miss', 'misses')).toBe('2 misses');
});
