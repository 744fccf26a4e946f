import { expect, it, vi } from 'vitest';
import { ApiError, Unreachable } from '../../api/problems';
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

it('keeps what the API told of a refusal', async () => {
  const refusal = new ApiError({ type: '', code: 'worker-busy', title: 'Conflict', status: 409, detail: 'it is busy', instance: '/', trace_id: 't1' });
  const raised = await sendEach([1], () => Promise.reject(refusal)).catch((error: unknown) => error);
  expect(raised).toBeInstanceOf(ApiError);
  expect((raised as ApiError).problem.trace_id).toBe('t1');
  expect((raised as ApiError).message).toContain('it is busy');
});

it('stops when nobody answers, and tells how far it came', async () => {
  const send = vi.fn(async (one: number) => {
    if (one > 1) throw new Unreachable(undefined);
  });
  await expect(sendEach([1, 2, 3], send)).rejects.toThrow('1 of 3 are on their way, then it ended: The server cannot be reached.');
  expect(send).toHaveBeenCalledTimes(2);
  await expect(sendEach([2], send)).rejects.toBeInstanceOf(Unreachable);
});
