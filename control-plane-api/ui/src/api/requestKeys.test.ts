import { expect, it } from 'vitest';
import { RequestKeys } from './requestKeys';

it('has one key for the same request until it is done, and another one for other answers', () => {
  const keys = new RequestKeys();
  const first = keys.of({ reason: 'a' });
  expect(keys.of({ reason: 'a' })).toBe(first);
  expect(keys.of({ reason: 'b' })).not.toBe(first);
  const second = keys.of({ reason: 'c' });
  keys.done();
  expect(keys.of({ reason: 'c' })).not.toBe(second);
});

it('is of one dialog', () => {
  expect(new RequestKeys().of('same')).not.toBe(new RequestKeys().of('same'));
});
