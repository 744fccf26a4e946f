import type { Action, ActionField, ChangeHeaders } from '../../actions/action';
import { api } from '../../api/client';
import type { Schemas, WorkerRow, WorkerStatus } from '../../api/types';

const FORCE: ActionField = {
  kind: 'switch',
  name: 'force',
  label: 'Also if sessions are put at risk',
  description: 'Live sessions on it lose their lab, promised ones have to be placed elsewhere.',
};

/** All that an operator can do to a worker, with what follows from it. */
export function workerActions(worker: WorkerRow): Action[] {
  const sessions = worker.allocations?.length ?? 0;
  const held = sessions === 0 ? 'Nobody holds room on it.' : `${sessions} ${sessions === 1 ? 'session holds' : 'sessions hold'} room on it.`;
  const only = (states: readonly WorkerStatus[], otherwise: string) => (states.includes(worker.status) ? undefined : otherwise);
  const params = (header: ChangeHeaders) => ({ params: { path: { worker_id: worker.id }, header } });
  const gone = worker.status === 'TERMINATED' || worker.status === 'TERMINATING' ? 'It is gone' : undefined;
  return [
    {
      operation: 'POST /api/v1/workers/{worker_id}/drain',
      label: 'Drain',
      consequence: `No new session is placed on it; when the last one has ended it stops. ${held}`,
      destructive: true,
      asksReason: true,
      fields: [FORCE],
      blocked: only(['RUNNING'], 'Only a running worker can be drained'),
      send: ({ reason, switches }, header) => api.POST('/api/v1/workers/{worker_id}/drain', { ...params(header), body: { reason, force: switches.force ?? false } }),
      done: 'It is draining.',
    },
    {
      operation: 'POST /api/v1/workers/{worker_id}/undrain',
      label: 'End the drain',
      consequence: 'It takes sessions again at once.',
      asksReason: true,
      blocked: only(['DRAINING'], 'It is not being drained'),
      send: ({ reason }, header) => api.POST('/api/v1/workers/{worker_id}/undrain', { ...params(header), body: { reason } }),
      done: 'It takes sessions again.',
    },
    {
      operation: 'POST /api/v1/workers/{worker_id}/start',
      label: 'Start',
      consequence: `The host is started and costs $${(worker.cost_per_hour_usd ?? 0).toFixed(2)} an hour from then on. It serves when CML answers and its licence holds.`,
      asksReason: true,
      blocked: only(['STOPPED', 'STOPPING'], 'It is not stopped'),
      send: ({ reason }, header) => api.POST('/api/v1/workers/{worker_id}/start', { ...params(header), body: { reason, force: false } }),
      done: 'It is being started.',
    },
    {
      operation: 'POST /api/v1/workers/{worker_id}/stop',
      label: 'Stop',
      consequence: `The host is stopped without waiting for its sessions. ${held} Its disk, and with it its labs and its licence, stay.`,
      destructive: true,
      asksReason: true,
      fields: [FORCE],
      blocked: gone ?? (worker.status === 'STOPPED' ? 'It is stopped' : undefined),
      send: ({ reason, switches }, header) => api.POST('/api/v1/workers/{worker_id}/stop', { ...params(header), body: { reason, force: switches.force ?? false } }),
      done: 'It is being stopped.',
    },
    {
      operation: 'POST /api/v1/workers/{worker_id}/terminate',
      label: 'Terminate',
      consequence: `The instance and its disk are deleted for good. ${held} This cannot be undone.`,
      destructive: true,
      asksReason: true,
      fields: [FORCE],
      blocked: gone,
      send: ({ reason, switches }, header) => api.POST('/api/v1/workers/{worker_id}/terminate', { ...params(header), body: { reason, force: switches.force ?? false } }),
      done: 'It is being terminated.',
    },
    {
      operation: 'POST /api/v1/workers/{worker_id}/refresh',
      label: 'Look at EC2 and CML now',
      consequence: 'The host is looked at at once; what is seen comes here by itself.',
      asksReason: true,
      blocked: gone,
      send: ({ reason }, header) => api.POST('/api/v1/workers/{worker_id}/refresh', { ...params(header), body: { reason } }),
      done: 'It is looked at.',
    },
    {
      operation: 'POST /api/v1/workers/{worker_id}/resync-labs',
      label: 'Look at its labs now',
      consequence: 'Labs that no session has a use for are removed, as the periodic sweep would do.',
      asksReason: true,
      blocked: only(['RUNNING', 'DRAINING'], 'It is not running'),
      send: ({ reason }, header) => api.POST('/api/v1/workers/{worker_id}/resync-labs', { ...params(header), body: { reason } }),
      done: 'Its labs are looked at.',
    },
    {
      operation: 'POST /api/v1/workers/{worker_id}/license',
      label: 'Licence',
      consequence: 'Registering gives it a licence of the type that you name; deregistering gives the licence back, and the worker takes nobody without one.',
      asksReason: true,
      fields: [
        { kind: 'choice', name: 'action', label: 'What', choices: [{ value: 'REGISTER', label: 'Register' }, { value: 'DEREGISTER', label: 'Give back' }] },
        { kind: 'choice', name: 'type', label: 'Type', description: "Left empty, the worker's own.", optional: true, choices: ['PERSONAL', 'ENTERPRISE', 'EVALUATION'].map((value) => ({ value, label: value.toLowerCase() })) },
        FORCE,
      ],
      blocked: only(['RUNNING', 'DRAINING'], 'It is not running'),
      send: ({ reason, texts, switches }, header) =>
        api.POST('/api/v1/workers/{worker_id}/license', {
          ...params(header),
          body: { reason, action: texts.action as Schemas['LicenseAction'], type: (texts.type || null) as Schemas['LicenseType'] | null, force: switches.force ?? false },
        }),
      done: 'The licence is asked for.',
    },
    {
      operation: 'PUT /api/v1/workers/{worker_id}/idle-detection',
      label: worker.idle_detection_enabled === false ? 'Let it be scaled down when idle' : 'Never scale it down for being idle',
      consequence: worker.idle_detection_enabled === false ? 'When it has been idle for long enough, and no guard keeps it, it stops.' : 'It stays up, and costs, until somebody stops it.',
      asksReason: true,
      blocked: gone,
      send: ({ reason }, header) => api.PUT('/api/v1/workers/{worker_id}/idle-detection', { ...params(header), body: { reason, enabled: worker.idle_detection_enabled === false } }),
      done: 'Idle detection is changed.',
    },
  ];
}
