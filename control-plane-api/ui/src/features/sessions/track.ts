import { SESSION_STATES } from '../../api/catalogue.gen';
import type { SessionRow, SessionStatus } from '../../api/types';

export type Passage = 'done' | 'now' | 'skipped' | 'ahead';

export interface TrackStop {
  status: SessionStatus;
  passage: Passage;
  seconds: number | null;
}

/** Where a session stands on its way: which states it passed, how long each took, which it left out. */
export function sessionTrack(session: Pick<SessionRow, 'status' | 'state_history'>, now: number): TrackStop[] {
  const spent = new Map<SessionStatus, number>();
  const history = session.state_history ?? [];
  history.forEach((change, index) => {
    const following = history[index + 1];
    const end = following ? Date.parse(following.at) : now;
    const last = change.target === 'TERMINATED';
    const seconds = last ? 0 : (end - Date.parse(change.at)) / 1000;
    spent.set(change.target, (spent.get(change.target) ?? 0) + seconds);
  });
  const states = SESSION_STATES as readonly SessionStatus[];
  const position = states.indexOf(session.status);
  return states.map((status, index) => ({
    status,
    seconds: spent.get(status) ?? null,
    passage: index === position ? 'now' : spent.has(status) && index < position ? 'done' : index < position ? 'skipped' : 'ahead',
  }));
}
