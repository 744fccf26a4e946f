import type { Action, ActionAnswers, ChangeHeaders } from '../../actions/action';
import { SESSION_TRANSITIONS } from '../../api/catalogue.gen';
import { api } from '../../api/client';
import type { SessionRow, SessionStatus, WorkerRow } from '../../api/types';

const NOT_BEGUN: readonly SessionStatus[] = ['PENDING', 'SCHEDULED', 'INSTANTIATING', 'READY'];

/** All that an operator can do to a session, with what follows from it; what its state does not allow says so. */
export function sessionActions(session: SessionRow, workers: readonly WorkerRow[]): Action[] {
  const common = { asksReason: true } as const;
  const params = (header: ChangeHeaders) => ({ params: { path: { session_id: session.id }, header } });
  const { status } = session;
  const worker = workers.find((each) => each.id === session.worker_id);
  const who = session.candidate.username;
  const only = (states: readonly SessionStatus[], else_: string) => (states.includes(status) ? undefined : else_);
  const step = session.steps?.findLast((each) => each.status === 'running' || each.status === 'failed');
  return [
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/retry-step',
      label: 'Retry a step now',
      consequence: `Its attempts and its deadline begin anew${step ? `; the session is at "${step.step}"` : ''}. What an earlier attempt made is found and used again.`,
      fields: stepChoice(session, () => true, true),
      blocked: (session.steps ?? []).length === 0 ? 'No step has begun' : ended(status),
      send: ({ reason, texts }, header) => api.POST('/api/v1/lablet-sessions/{session_id}/retry-step', { ...params(header), body: { reason, ...stepOf(texts) } }),
      done: 'The step is tried again.',
    },
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/skip-step',
      label: 'Skip a step',
      consequence: 'The session goes on without it. What the step would have brought is missing from then on.',
      destructive: true,
      fields: stepChoice(session, (each) => each.may_skip === true, false),
      blocked: session.steps?.some((each) => each.may_skip && each.status !== 'completed') ? undefined : 'No step that has begun can be done without',
      send: ({ reason, texts }, header) =>
        api.POST('/api/v1/lablet-sessions/{session_id}/skip-step', { ...params(header), body: { reason, step: '', ...stepOf(texts) } }),
      done: 'The step is skipped.',
    },
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/re-place',
      label: 'Give it another worker',
      consequence: `It leaves ${worker?.name ?? 'its worker'} and gets another one, in one step. When no other can have it in time it stays where it is, and you are told why.`,
      blocked: only(NOT_BEGUN, 'The learner has begun') ?? (session.worker_id ? undefined : 'It has no worker yet'),
      send: ({ reason }, header) => api.POST('/api/v1/lablet-sessions/{session_id}/re-place', { ...params(header), body: { reason, worker_id: session.worker_id } }),
      done: 'It has another worker.',
    },
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/assign',
      label: 'Put it on a certain worker',
      consequence: 'The worker that you name is held to the rule by which everybody is placed: licence, capacity over time and ports are never set aside.',
      fields: [
        { kind: 'choice', name: 'worker', label: 'Worker', choices: workers.filter((each) => each.id !== session.worker_id).map((each) => ({ value: each.id, label: `${each.name} (${each.status})` })) },
        { kind: 'switch', name: 'override', label: 'Set judgement aside', description: 'Also a worker with another image, or one that is up only after the start.' },
      ],
      blocked: only(NOT_BEGUN, 'The learner has begun'),
      send: ({ reason, texts, switches }, header) =>
        api.POST('/api/v1/lablet-sessions/{session_id}/assign', { ...params(header), body: { reason, worker_id: texts.worker ?? '', override: switches.override ?? false } }),
      done: 'It is on the worker that you named.',
    },
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/detach',
      label: 'Take it off its dead worker',
      consequence: `${worker?.name ?? 'The worker'} takes nobody before what is left on it is proven gone. ${NOT_BEGUN.includes(status) ? 'The session is placed elsewhere.' : `The session ends: the work of ${who} on that host is lost.`}`,
      destructive: true,
      fields: [{ kind: 'switch', name: 'dead', label: 'I know that the host is dead', description: 'By your word, where the system does not know it yet.' }],
      blocked: session.worker_id ? ended(status) : 'It has no worker',
      send: ({ reason, switches }, header) =>
        api.POST('/api/v1/lablet-sessions/{session_id}/detach', { ...params(header), body: { reason, worker_id: session.worker_id, declare_dead: switches.dead ?? false } }),
      done: 'It is off the worker.',
    },
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/collect-and-grade',
      label: 'Collect and grade now',
      consequence: `This ends the work of ${who} now, before the slot does. What is on the devices is read and graded.`,
      destructive: true,
      blocked: only(['RUNNING'], 'It is not running') ?? (session.grading_enabled ? undefined : 'Its definition asks for no grading'),
      send: ({ reason }, header) => api.POST('/api/v1/lablet-sessions/{session_id}/collect-and-grade', { ...params(header), body: { reason } }),
      done: 'Its devices are being read.',
    },
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/recollect',
      label: 'Read its devices once more',
      consequence: 'Its devices are read and graded again. What was collected before is kept.',
      blocked: only(['GRADING'], 'Only while it is graded: its lab has to live'),
      send: ({ reason }, header) => api.POST('/api/v1/lablet-sessions/{session_id}/recollect', { ...params(header), body: { reason } }),
      done: 'Its devices are being read again.',
    },
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/regrade',
      label: 'Grade once more',
      consequence: 'What was collected is graded again. The new score takes the place of the present one, which is kept.',
      blocked: session.evidence_sha256 || session.score_report_id || session.artefact_count ? undefined : 'Nothing was collected',
      send: ({ reason }, header) => api.POST('/api/v1/lablet-sessions/{session_id}/regrade', { ...params(header), body: { reason } }),
      done: 'It is graded again.',
    },
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/skip-grading',
      label: 'End it without a score',
      consequence: `The session ends and ${who} gets no score, or no further one. It can be graded later from what was collected.`,
      destructive: true,
      blocked: only(['COLLECTING', 'GRADING'], 'It is not being graded') && (session.regrading?.pending ? undefined : 'It is not being graded'),
      send: ({ reason }, header) => api.POST('/api/v1/lablet-sessions/{session_id}/skip-grading', { ...params(header), body: { reason } }),
      done: 'It ends without a score.',
    },
    {
      ...common,
      operation: 'POST /api/v1/lablet-sessions/{session_id}/transition',
      label: 'Force a transition',
      consequence: `It moves from ${status} to the state that you name, with all that belongs to it. Its pipeline goes on from there; what should have happened before is not made up for.`,
      destructive: true,
      fields: [{ kind: 'choice', name: 'target', label: 'To', choices: SESSION_TRANSITIONS[status].map((each) => ({ value: each, label: each })) }],
      version: session.version,
      blocked: SESSION_TRANSITIONS[status].length === 0 ? 'It has ended' : undefined,
      send: ({ reason, texts }, header) =>
        api.POST('/api/v1/lablet-sessions/{session_id}/transition', { ...params(header), body: { reason, target: texts.target as SessionStatus } }),
      done: 'It has moved.',
    },
    {
      ...common,
      operation: 'DELETE /api/v1/lablet-sessions/{session_id}',
      label: 'Terminate the session',
      consequence: terminating(session),
      destructive: true,
      blocked: ended(status) ?? (session.terminate_requested ? 'It is being terminated' : undefined),
      send: ({ reason }, header) =>
        api.DELETE('/api/v1/lablet-sessions/{session_id}', { params: { path: { session_id: session.id }, query: { reason }, header } }),
      done: 'It gives everything back, step by step, and is terminated then.',
    },
  ];
}

function ended(status: SessionStatus): string | undefined {
  return status === 'TERMINATED' ? 'It has ended' : undefined;
}

function terminating({ status, candidate }: SessionRow): string {
  const after = 'Its lab is wiped, its room and its ports are given back. This cannot be undone.';
  if (status === 'RUNNING') return `${candidate.username} is working on it and loses the lab at once; what was done is not collected. ${after}`;
  if (status === 'COLLECTING' || status === 'GRADING') return `${candidate.username} gets no score from it. ${after}`;
  return `${candidate.username} will not have this lab. ${after}`;
}

type Step = NonNullable<SessionRow['steps']>[number];

function stepChoice(session: SessionRow, suits: (step: Step) => boolean, optional: boolean) {
  const choices = (session.steps ?? []).filter(suits).map((each) => ({ value: `${each.pipeline}/${each.step}`, label: `${each.pipeline}: ${each.step.replaceAll('_', ' ')} (${each.status})` }));
  return [{ kind: 'choice', name: 'step', label: 'Step', description: optional ? 'Left empty, the one that the session is at.' : undefined, optional, choices }] as const;
}

function stepOf(texts: ActionAnswers['texts']) {
  if (!texts.step) return {};
  const [pipeline, step = ''] = texts.step.split('/');
  return { pipeline: pipeline as Step['pipeline'], step };
}
