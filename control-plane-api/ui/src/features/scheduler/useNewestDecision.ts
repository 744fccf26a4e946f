import type { UseQueryResult } from '@tanstack/react-query';
import { useApi } from '../../api/useApi';
import type { Decision } from './decisionWords';

const JUDGED = ['id', 'at', 'summary', 'candidates'] as const satisfies readonly (keyof Decision)[];

/** A decision with the verdict on every worker, which lists leave out unless they are asked for it. */
export type JudgedDecision = Pick<Decision, (typeof JUDGED)[number]>;

/** The newest decision about a session, *to* an instant if there is one; no row when there is none yet. */
export function useNewestDecision(of: { session_id: string; to?: string }, options?: Parameters<typeof useApi>[2]): UseQueryResult<{ items: JudgedDecision[] }> {
  const query = { ...of, limit: 1, fields: JUDGED.join(',') };
  return useApi('/api/v1/scheduler/decisions', { params: { query } }, options) as UseQueryResult<{ items: JudgedDecision[] }>;
}
