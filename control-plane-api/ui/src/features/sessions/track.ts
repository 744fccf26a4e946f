import { SESSION_STATES } from '../../api/catalogue.gen';
import type { Schemas, SessionRow, SessionStatus } from '../../api/types';

export type Passage = 'done' | 'now' | 'skipped' | 'ahead';

export interface TrackStop {
  status: SessionStatus;
  passage: Passage;
  /** Time spent in it, in seconds; null where it was not, and for the last, which has no end. */
  seconds: number | null;
}

const STATES = SESSION_STATES as readonly SessionStatus[];

/** Where a session stands on its way: which states it passed, how long each took, which it left out. */
export function sessionTrack(session: Pick<SessionRow, 'status' | 'state_history'>, now: number): TrackStop[] {
  const spent = new Map<SessionStatus, number>();
  const history = session.state_history ?? [];
  history.forEach((change, index) => {
    const following = history[index + 1];
    const end = following ? Date.parse(following.at) : now;
    const seconds = Math.max(0, (end - Date.parse(change.at)) / 1000);
    if (change.target === 'TERMINATED') return;
    spent.set(change.target, (spent.get(change.target) ?? 0) + seconds);
  });
  const position = STATES.indexOf(session.status);
  return STATES.map((status, index) => ({
    status,
    seconds: spent.get(status) ?? null,
    passage: index === position ? 'now' : spent.has(status) && index < position ? 'done' : index < position ? 'skipped' : 'ahead',
  }));
}

/** How long a session may be in a state, in seconds, and why so long; undefined where nothing limits it. */
export interface Expected {
  seconds: number;
  why: string;
}

type Limits = Partial<Schemas['WaitingLimits']>;

/**
 * What is expected of each state: the learner has the slot, for the rest what the definition says, else the fleet's
 * policy. The states before the slot have no limit of their own.
 */
export function expectedTimes(session: Pick<SessionRow, 'created_at' | 'timeslot' | 'limits' | 'no_show_seconds'>, policy: Limits | null | undefined): Partial<Record<SessionStatus, Expected>> {
  const limit = (name: keyof Limits): number | undefined => session.limits?.[name] ?? policy?.[name] ?? undefined;
  const expected: Partial<Record<SessionStatus, Expected>> = {};
  const set = (status: SessionStatus, seconds: number | undefined, why: string) => {
    if (seconds !== undefined) expected[status] = { seconds, why };
  };
  const [start, end] = [Date.parse(session.timeslot.start), Date.parse(session.timeslot.end)];
  set('RUNNING', (end - start) / 1000, 'the slot');
  set('INSTANTIATING', limit('instantiation_seconds'), 'the limit for instantiation');
  set('COLLECTING', limit('collection_seconds'), 'the limit for collection');
  set('GRADING', limit('grading_seconds'), 'the limit for grading');
  set('STOPPING', limit('teardown_seconds'), 'the limit for teardown');
  return expected;
}
