import type { Action } from '../../actions/action';
import { answer, api } from '../../api/client';
import { fromLocalInput } from '../../components/localInput';
import type { Subscription } from './webhookWords';

const DEFAULT_OVERLAP_HOURS = '24';

/** All that can be done to a subscription; *showSecret* is given that of a new key, null where it was told to an earlier attempt. */
export function subscriptionActions(subscription: Subscription, showSecret: (secret: string | null) => void): Action[] {
  const path = { subscription_id: subscription.id };
  const { version, status } = subscription;
  const ended = status === 'ENDED' ? 'It has ended' : undefined;
  return [
    {
      operation: 'POST /api/v1/subscriptions/{subscription_id}/pause',
      label: 'Pause',
      consequence: 'Nothing is sent any more. Events are kept for it, and sent when it is resumed.',
      asksReason: true,
      version,
      blocked: ended ?? (status === 'PAUSED' ? 'It is paused already' : undefined),
      send: ({ reason }, header) => api.POST('/api/v1/subscriptions/{subscription_id}/pause', { params: { path, header }, body: { reason } }),
      done: 'It is paused.',
    },
    {
      operation: 'POST /api/v1/subscriptions/{subscription_id}/resume',
      label: 'Resume',
      consequence: 'Its receiver is asked again whether it takes events. Then what was kept is sent, the oldest first, and what happens from then on.',
      asksReason: true,
      version,
      blocked: ended ?? (status === 'PAUSED' ? undefined : 'It is not paused'),
      send: ({ reason }, header) => api.POST('/api/v1/subscriptions/{subscription_id}/resume', { params: { path, header }, body: { reason } }),
      done: 'Its receiver is asked.',
    },
    {
      operation: 'POST /api/v1/subscriptions/{subscription_id}/rotate-key',
      label: 'Rotate key',
      consequence: 'A new key signs from now on; its secret is shown once. The keys before go on signing beside it for a while, so that the receiver can change over.',
      fields: [{ kind: 'text', name: 'hours', label: 'Hours that the old keys go on', description: '0 to 168. 0 when a key became known to somebody else.', initial: DEFAULT_OVERLAP_HOURS, input: 'number' }],
      version,
      blocked: ended,
      send: async ({ texts }, header) => {
        const body = { overlap_hours: Number(texts.hours) };
        const { secret } = await answer(api.POST('/api/v1/subscriptions/{subscription_id}/rotate-key', { params: { path, header }, body }));
        showSecret(secret ?? null);
      },
      done: 'The new key signs.',
    },
    {
      operation: 'POST /api/v1/subscriptions/{subscription_id}/replay',
      label: 'Send events again',
      consequence: 'Events of the time that you name, as far as its filter lets them through, are sent once more with their ids. A receiver that had them must know them by those.',
      fields: [
        { kind: 'text', name: 'since', label: 'From', input: 'datetime-local' },
        { kind: 'text', name: 'until', label: 'Until', description: 'Empty: now.', input: 'datetime-local', optional: true },
      ],
      blocked: ended,
      send: ({ texts }, header) => {
        const body = { since: fromLocalInput(texts.since ?? '') ?? '', until: fromLocalInput(texts.until ?? '') };
        return api.POST('/api/v1/subscriptions/{subscription_id}/replay', { params: { path, header }, body });
      },
      done: 'They are on their way.',
    },
    {
      operation: 'DELETE /api/v1/subscriptions/{subscription_id}',
      label: 'End',
      destructive: true,
      consequence: 'Nothing is kept for it nor sent any more; what waits to be sent is dropped. It cannot be taken up again.',
      asksReason: true,
      version,
      blocked: ended,
      send: ({ reason }, header) => api.DELETE('/api/v1/subscriptions/{subscription_id}', { params: { path, header, query: { reason } } }),
      done: 'It has ended.',
    },
  ];
}
