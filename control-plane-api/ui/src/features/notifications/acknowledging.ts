import type { Action } from '../../actions/action';
import { api } from '../../api/client';
import type { Notification } from './notificationColumns';

/** Says to everybody that somebody knows of *chosen*. */
export function acknowledging(chosen: readonly Notification[], done?: () => void): Action {
  const open = chosen.filter((each) => each.status === 'open');
  const one = open.length === 1;
  return {
    operation: 'POST /api/v1/notifications/acknowledge',
    label: one ? 'Acknowledge' : `Acknowledge ${open.length}`,
    consequence: `Everybody sees that you know of ${one ? 'it' : 'them'}, and ${one ? 'it counts' : 'they count'} no more beside the bell. Nothing is mended by that: ${one ? 'it stays' : 'they stay'} until the matter is over, and ${one ? 'is' : 'are'} open again when it gets worse.`,
    fields: [{ kind: 'text', name: 'note', label: 'What is known, or being done', optional: true }],
    blocked: open.length === 0 ? 'It is acknowledged, or over' : undefined,
    send: async ({ texts }, header) => {
      await api.POST('/api/v1/notifications/acknowledge', { params: { header }, body: { ids: open.slice(0, 100).map((each) => each.id), note: texts.note ?? '' } });
      done?.();
    },
    done: one ? 'It is acknowledged.' : 'They are acknowledged.',
  };
}
