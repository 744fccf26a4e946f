import type { SessionRow } from '../../api/types';

/** What lists, cards and the board show of a session, and its version, by which the newer of two copies is known. */
const LISTED = [
  'id',
  'version',
  'created_at',
  'status',
  'status_changed_at',
  'state_history',
  'steps',
  'outcome',
  'outcome_reason',
  'pending_reason',
  'score',
  'max_score',
  'passed',
  'form_qualified_name',
  'definition_id',
  'definition_name',
  'candidate',
  'timeslot',
  'worker_id',
] as const satisfies readonly (keyof SessionRow)[];

/** A whole row is one too. */
export type ListedSession = Pick<SessionRow, (typeof LISTED)[number]>;

export const LISTED_FIELDS = LISTED.join(',');
