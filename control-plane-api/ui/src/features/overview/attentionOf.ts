import type { SessionRow, WorkerRow } from '../../api/types';
import { downText } from '../../components/labNodes';

export interface Point {
  key: string;
  what: string;
  why: string;
  to?: string;
  /** Somebody's exam is concerned. */
  grave: boolean;
}

/** What in the present state needs a person, the gravest first. */
export function attentionOf(sessions: readonly SessionRow[], workers: readonly WorkerRow[], deadLetters: number): Point[] {
  // Rows come in the order of their last changes: by name, so that nothing jumps about.
  const points = [...sessions.flatMap(ofSession), ...workers.flatMap(ofWorker)].sort((one, other) => one.what.localeCompare(other.what));
  if (deadLetters > 0) {
    points.push({ key: 'dead-letters', what: 'Dead letters', why: `${deadLetters} inbound events could not be applied`, to: '/dead-letters', grave: false });
  }
  return points.sort((one, other) => Number(other.grave) - Number(one.grave));
}

function ofSession(session: SessionRow): Point[] {
  if (session.status === 'TERMINATED') return [];
  const point = (why: string, grave: boolean): Point => ({
    key: `${session.id} ${why}`,
    what: `${session.definition_name} for ${session.candidate.username}`,
    why,
    to: `/sessions/${session.id}`,
    grave,
  });
  const points: Point[] = [];
  if (session.promise_risk) points.push(point(`may begin late: ${session.promise_risk.reason}`, true));
  if (session.recovery) points.push(point(`waits for its host to come back: ${session.recovery.reason}`, true));
  const down = downText(session);
  if (down) points.push(point(`not every node of its lab is up: ${down}`, true));
  const failed = session.steps?.findLast((step) => step.status !== 'skipped');
  if (failed?.status === 'failed') points.push(point(`${failed.step.replaceAll('_', ' ')} failed${failed.error ? `: ${failed.error}` : ''}`, true));
  return points;
}

function ofWorker(worker: WorkerRow): Point[] {
  const point = (why: string, grave: boolean): Point => ({ key: `${worker.id} ${why}`, what: worker.name, why, to: `/workers/${worker.id}`, grave });
  const points: Point[] = [];
  if (worker.status === 'FAILED') points.push(point(worker.failure || 'has failed', true));
  if (worker.host_loss) points.push(point(`its host is lost: ${worker.host_loss.reason}`, true));
  if (worker.drain_overrun) points.push(point('its drain has not ended in time', false));
  for (const drift of worker.drift ?? []) points.push(point(`${drift.what.replaceAll('_', ' ')}: declared ${drift.declared}, measured ${drift.measured}`, false));
  return points;
}
