import type { Action } from '../../actions/action';
import { api } from '../../api/client';
import type { Schemas } from '../../api/types';
import { sendEach } from './replaying';

type Inbound = Pick<Schemas['InboundEventRecord'], 'id' | 'status'>;

/** One that made its change already is never applied again. */
export function canBeReplayed({ status }: Inbound): boolean {
  return status !== 'applied';
}

/** Has *events* applied again; *done* is called when the last was sent. */
export function replayInbound(events: readonly Inbound[], done?: () => void): Action {
  const one = events.length === 1;
  return {
    operation: 'POST /api/v1/inbound-events/{event_id}/replay',
    label: one ? 'Apply it again' : `Apply ${events.length} again`,
    consequence: `${one ? 'It is' : 'They are, one after another,'} applied within seconds, as if just received. What still cannot be applied comes back here with its reason. Mend the cause first.`,
    asksReason: true,
    blocked: events.every(canBeReplayed) ? undefined : 'It made its change already',
    send: async ({ reason }, header) => {
      await sendEach(events, ({ id }, index) =>
        api.POST('/api/v1/inbound-events/{event_id}/replay', {
          params: { path: { event_id: id }, header: { 'idempotency-key': `${header['idempotency-key']}-${index}` } },
          body: { reason },
        }),
      );
      done?.();
    },
    done: one ? 'It is being applied.' : 'They are being applied.',
  };
}
