import type { SessionRow } from '../../api/types';
import { sessionTone } from '../../app/theme';
import { StatusBadge } from '../../components/StatusBadge';

/** The state; of a session that has ended, how it ended. */
export function SessionBadge({ session }: { session: Pick<SessionRow, 'status' | 'outcome'> }) {
  const failed = session.outcome === 'failed';
  const label = session.status === 'TERMINATED' && session.outcome ? session.outcome.replaceAll('_', ' ').toUpperCase() : session.status;
  return <StatusBadge status={label} tone={failed ? 'bad' : sessionTone[session.status]} />;
}
