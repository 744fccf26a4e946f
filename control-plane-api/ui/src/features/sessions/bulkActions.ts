import type { Action } from '../../actions/action';
import { api } from '../../api/client';
import type { Schemas } from '../../api/types';
import type { ListedSession } from './listedSession';

export type BulkAnswer = Schemas['BulkAnswer'];

/** As many as the API takes in one request. */
export const MOST_AT_ONCE = 200;

/** What can be done to many sessions at a time; *told* gets the result of each. */
export function bulkActions(chosen: readonly ListedSession[], told: (answer: BulkAnswer) => void): { retry: Action; terminate: Action } {
  const ids = chosen.map((each) => each.id);
  const count = ids.length === 1 ? '1 session' : `${ids.length} sessions`;
  const blocked = ids.length > MOST_AT_ONCE ? `At the most ${MOST_AT_ONCE} at one time` : undefined;
  const body = (reason: string) => ({ ids, reason, limit: Math.max(1, ids.length), dry_run: false, cursor: '' });
  return {
    retry: {
      operation: 'POST /api/v1/lablet-sessions/bulk/retry',
      label: `Retry ${count}`,
      asksReason: true,
      blocked,
      consequence: 'What each is at is tried again at once: its attempts and its deadline begin anew. What an earlier attempt made is found, not made again. Each has its own result.',
      send: async ({ reason }, header) => showing(api.POST('/api/v1/lablet-sessions/bulk/retry', { params: { header }, body: body(reason) }), told),
      done: 'Each has its result.',
    },
    terminate: {
      operation: 'POST /api/v1/lablet-sessions/bulk/terminate',
      label: `Terminate ${count}`,
      asksReason: true,
      destructive: true,
      blocked,
      consequence: terminating(chosen),
      send: async ({ reason }, header) => showing(api.POST('/api/v1/lablet-sessions/bulk/terminate', { params: { header }, body: body(reason) }), told),
      done: 'Each has its result.',
    },
  };
}

async function showing(request: Promise<{ data?: BulkAnswer }>, told: (answer: BulkAnswer) => void): Promise<void> {
  const { data } = await request;
  if (data) told(data);
}

/** What is lost by ending *chosen*, with those first who are at work. */
export function terminating(chosen: readonly ListedSession[]): string {
  const working = chosen.filter((each) => each.status === 'RUNNING').length;
  const graded = chosen.filter((each) => each.status === 'COLLECTING' || each.status === 'GRADING').length;
  const lost = [
    working > 0 && `${working === 1 ? '1 learner is' : `${working} learners are`} at work and lose${working === 1 ? 's' : ''} the lab at once; what was done is not collected.`,
    graded > 0 && `${graded === 1 ? '1 gets' : `${graded} get`} no score.`,
    'Labs are wiped, room and ports are given back. This cannot be undone. Each has its own result.',
  ];
  return lost.filter(Boolean).join(' ');
}
