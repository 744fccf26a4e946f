import { expect, it } from 'vitest';
import { batchesOf, MOST_AT_ONCE, sendEach } from './replaying';

it('asks once for each subscription, in parts that the API takes', () => {
  const many = Array.from({ length: MOST_AT_ONCE + 1 }, (_, number) => ({ subscription_id: 'a', event_id: String(number) }));
  const batches = batchesOf([...many, { subscription_id: 'b', event_id: 'x' }]);
  expect(batches.map(({ subscription_id, event_ids }) => [subscription_id, event_ids.length])).toEqual([['a', MOST_AT_ONCE], ['a', 1], ['b', 1]]);
});

it('goes on behind a letter that is refused, and tells of it', async () => {
  const sent: number[] = [];
  const send = async (one: number) => {
    if (one === 2) throw new Error('it made its change already');
    sent.push(one);
  };
  await expect(sendEach([1, 2, 3], send)).rejects.toThrow('2 of 3 are on their way; 1 were refused. The first: it made its change already');
  expect(sent).toEqual([1, 3]);
});
