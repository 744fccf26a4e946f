import type { Schemas } from '../../api/types';
import type { Tone } from '../../app/theme';
import { type Candidate, whyNot } from './whyNot';

export type Decision = Schemas['PlacementDecision'];
export type Outcome = Decision['outcome'];
type ScoreReason = Schemas['ScoreReason'];

export const OUTCOMES: Record<Outcome, { label: string; tone: Tone }> = {
  assign: { label: 'Placed', tone: 'good' },
  scale_up: { label: 'Asks for a worker', tone: 'moving' },
  wait: { label: 'Waits', tone: 'waiting' },
};

/** What a worker must pass, as a question that is answered with yes. */
const CHECKS: Record<string, string> = {
  status: 'Is it in service, or will it be in time?',
  license: 'Has it a licence of a kind that the lab may use, with enough nodes?',
  ami: 'Has it a CML image of the version that the lab wants?',
  virtualization: 'Can it run virtual machines, if the lab has some?',
  capacity: 'Is there enough of every resource during the whole slot?',
  ports: 'Are there enough free ports?',
  fleet_limit: 'May its region have one worker more?',
};

const REJECTED: Record<string, string> = {
  status: 'not in service',
  license: 'without a licence that fits',
  ami: 'without an image that fits',
  virtualization: 'cannot run virtual machines',
  capacity: 'without enough room',
  ports: 'with too few free ports',
  fleet_limit: 'beyond the limit of the region',
};

const POINTS_FOR: Record<ScoreReason, string> = {
  fullness: 'Full afterwards',
  busy: 'Serves somebody already',
  promise: 'Holds the room since it was booked',
  prepared: 'A lab stands prepared',
};

const spaced = (code: string) => code.replaceAll('_', ' ');

export const checkText = (code: string): string => CHECKS[code] ?? spaced(code);
export const rejectedText = (code: string): string => REJECTED[code] ?? spaced(code);
export const pointsFor = (reason: ScoreReason): string => POINTS_FOR[reason];

/** Reasons why workers were refused, the most frequent first. */
export function rejections(decision: Pick<Decision, 'reason_counts'>): { code: string; count: number; text: string }[] {
  return Object.entries(decision.reason_counts ?? {})
    .map(([code, count]) => ({ code, count, text: rejectedText(code) }))
    .sort((one, other) => other.count - one.count || one.text.localeCompare(other.text));
}

export interface Changed {
  worker_id: string;
  worker_name: string;
  before: string;
  now: string;
}

const said = (candidate: Candidate | undefined) => (candidate ? whyNot(candidate) : 'was not there');
const gone = (candidate: Candidate | undefined) => (candidate ? whyNot(candidate) : 'is not there any more');

/** Workers of which *now* says something else than *before*; the score alone is no difference. */
export function changedVerdicts(before: readonly Candidate[], now: readonly Candidate[]): Changed[] {
  const was = new Map(before.map((each) => [each.worker_id, each]));
  const is = new Map(now.map((each) => [each.worker_id, each]));
  const known = [...now, ...before.filter((each) => !is.has(each.worker_id))];
  return known
    .map(({ worker_id, worker_name }) => ({ worker_id, worker_name, before: said(was.get(worker_id)), now: gone(is.get(worker_id)) }))
    .filter((each) => each.before !== each.now);
}
