import { expect, it, vi } from 'vitest';
import type { SessionRow } from '../../api/types';
import { bulkActions, terminating } from './bulkActions';

const post = vi.hoisted(() => vi.fn());
vi.mock('../../api/client', () => ({ api: { POST: post } }));

const session = (id: string, status: SessionRow['status'] = 'PENDING') => ({ id, status }) as SessionRow;

it('says what is lost before it is', () => {
  expect(terminating([session('a', 'RUNNING'), session('b', 'RUNNING'), session('c', 'GRADING')])).toMatch(/^2 learners are at work and lose the lab at once.* 1 gets no score\./);
  expect(terminating([session('a')])).not.toMatch(/learner/);
});

it('names each session and hands over the result of each', async () => {
  const answer = { results: [] };
  post.mockResolvedValue({ data: answer });
  const told = vi.fn();
  await bulkActions([session('a'), session('b')], told).terminate.send({ reason: 'a broken image', switches: {}, texts: {} }, { 'idempotency-key': 'k' });
  expect(post.mock.calls[0]?.[1].body).toMatchObject({ ids: ['a', 'b'], reason: 'a broken image' });
  expect(told).toHaveBeenCalledWith(answer);
});

it('does not offer more than the API takes', () => {
  const many = Array.from({ length: 201 }, (_, index) => session(String(index)));
  expect(bulkActions(many, vi.fn()).retry.blocked).toMatch(/200/);
});
