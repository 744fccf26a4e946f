import type { Action, ActionField } from '../../actions/action';
import { api } from '../../api/client';
import { NEW_POLICY, type Pool, policyOf, type PoolPolicy } from './poolWords';

/** All that an operator can do to a pool, with what follows from it. */
export function poolActions({ pool, ready = 0, preparing = 0 }: Pool): Action[] {
  const params = { path: { pool_id: pool.id } };
  const idle = ready + preparing;
  const there = idle === 0 ? 'No lab stands idle.' : `${idle} ${idle === 1 ? 'lab stands' : 'labs stand'} idle.`;
  return [
    {
      operation: 'PUT /api/v1/warm-pools/{pool_id}',
      label: 'Change policy',
      consequence: `What is missing is prepared as hosts have a hand free, what is too much is removed. ${there}`,
      asksReason: true,
      fields: policyFields(pool.policy),
      version: pool.version,
      send: ({ reason, texts, switches }, header) => api.PUT('/api/v1/warm-pools/{pool_id}', { params: { ...params, header }, body: { policy: policyOf(texts, switches.follow ?? false), reason } }),
      done: 'The policy is changed.',
    },
    {
      operation: 'POST /api/v1/warm-pools/{pool_id}/pause',
      label: 'Pause',
      consequence: `Nothing more is prepared; what is there is used up. ${there}`,
      asksReason: true,
      version: pool.version,
      blocked: pool.status === 'PAUSED' ? 'It is paused' : undefined,
      send: ({ reason }, header) => api.POST('/api/v1/warm-pools/{pool_id}/pause', { params: { ...params, header }, body: { reason } }),
      done: 'It is paused.',
    },
    {
      operation: 'POST /api/v1/warm-pools/{pool_id}/resume',
      label: 'Resume',
      consequence: 'It is filled again, with its whole failure budget. Former failures stay on record.',
      asksReason: true,
      version: pool.version,
      blocked: pool.status === 'ACTIVE' ? 'It is being kept filled' : undefined,
      send: ({ reason }, header) => api.POST('/api/v1/warm-pools/{pool_id}/resume', { params: { ...params, header }, body: { reason } }),
      done: 'It is filled again.',
    },
    {
      operation: 'POST /api/v1/warm-pools/{pool_id}/drain',
      label: 'Drain',
      consequence: `Nothing more is prepared, and what stands idle is removed. ${there} Sessions then begin with an import.`,
      destructive: true,
      asksReason: true,
      version: pool.version,
      blocked: pool.status === 'DRAINED' ? 'It is drained' : undefined,
      send: ({ reason }, header) => api.POST('/api/v1/warm-pools/{pool_id}/drain', { params: { ...params, header }, body: { reason } }),
      done: 'It is being drained.',
    },
  ];
}

export function newPool(definitionName: string): Action {
  return {
    operation: 'POST /api/v1/warm-pools',
    label: 'Keep labs prepared',
    consequence: `Labs of the newest version of ${definitionName} are imported beforehand. Each holds disk and ports on its host until a session takes it, and gives way when one needs them.`,
    asksReason: true,
    fields: policyFields(NEW_POLICY),
    send: ({ reason, texts, switches }, header) => api.POST('/api/v1/warm-pools', { params: { header }, body: { definition_name: definitionName, policy: policyOf(texts, switches.follow ?? false), reason } }),
    done: 'Labs are being prepared.',
  };
}

function policyFields(policy: PoolPolicy): ActionField[] {
  const number = (name: keyof PoolPolicy, label: string, description: string): ActionField => ({ kind: 'text', input: 'number', name, label, description, initial: String(policy[name]) });
  return [
    number('depth', 'Depth', 'Idle labs to keep, above those in use: 0 to 50.'),
    { kind: 'switch', name: 'follow', label: 'Follow bookings', description: 'As many as bookings begin within the look-ahead, if that is more.', initial: policy.follow_bookings },
    number('look_ahead_minutes', 'Look-ahead in minutes', 'How soon a booking must begin to count.'),
    number('most', 'At most', 'Never more idle labs than these.'),
    number('max_age_hours', 'Oldest in hours', 'Older labs are replaced.'),
    number('failure_budget', 'Failure budget', 'So many failures suspend the pool …'),
    number('failure_window_minutes', 'Within minutes', '… if they come within this time.'),
  ];
}
