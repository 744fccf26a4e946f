import type { ListedSession } from './listedSession';

/** One line that says what the session waits for, does, or came to. */
export function statusLine(session: ListedSession): string {
  if (session.status === 'PENDING' && session.pending_reason) return session.pending_reason;
  if (session.score != null && session.max_score != null) {
    const verdict = session.passed ? 'passed' : 'not passed';
    return `Score ${session.score} of ${session.max_score}, ${verdict}`;
  }
  if (session.status === 'TERMINATED') return session.outcome_reason || (session.outcome ?? '');
  const running = session.steps?.filter((step) => step.status === 'running' || step.status === 'failed').at(-1);
  if (running) {
    const step = running.step.replaceAll('_', ' ');
    return running.error ? `${step}: ${running.error}` : running.waiting_for || step;
  }
  return session.form_qualified_name;
}
