import { answer, api } from '../../api/client';
import type { Schemas, SessionStatus } from '../../api/types';
import type { Action } from '../../actions/action';
import type { ReservationRow } from './reservationColumns';

const NOT_BEGUN: readonly SessionStatus[] = ['PENDING', 'SCHEDULED'];
const GOES_ON: readonly SessionStatus[] = ['PENDING', 'SCHEDULED', 'INSTANTIATING', 'READY', 'RUNNING'];
const MINUTES = ['15', '30', '60', '90', '120'];

/** Why a booking can get no other time; undefined while it can. */
export function whyNotMoved(status: Schemas['ReservationStatus'], session: SessionStatus): string | undefined {
  if (status !== 'ACCEPTED') return 'The booking has ended';
  return NOT_BEGUN.includes(session) ? undefined : 'Its lab has begun: it can be extended';
}

export function extendAction(reservation: ReservationRow, session: SessionStatus): Action {
  return {
    operation: 'POST /api/v1/reservations/{reservation_id}/extend',
    label: 'Extend',
    asksReason: true,
    consequence: 'The learner has more time at the end, also while the lab runs. If its worker has no room for that long it is refused, and the end stays.',
    fields: [{ kind: 'choice', name: 'minutes', label: 'By', choices: MINUTES.map((value) => ({ value, label: `${value} minutes` })) }],
    version: reservation.version,
    blocked: reservation.status !== 'ACCEPTED' || !GOES_ON.includes(session) ? 'The lab has ended' : undefined,
    send: ({ reason, texts }, header) =>
      answer(api.POST('/api/v1/reservations/{reservation_id}/extend', { params: { path: { reservation_id: reservation.id }, header }, body: { minutes: Number(texts.minutes), reason } })),
    done: 'It ends later.',
  };
}

export function cancelAction(reservation: ReservationRow, session: SessionStatus): Action {
  const begun = !NOT_BEGUN.includes(session);
  return {
    operation: 'POST /api/v1/reservations/{reservation_id}/cancel',
    label: 'Cancel booking',
    destructive: true,
    asksReason: true,
    consequence: begun
      ? 'The lab is stopped and wiped now: whatever the learner has not handed in is lost. The room goes to others.'
      : 'The room goes to others at once. The same time may be gone when it is booked anew.',
    version: reservation.version,
    blocked: reservation.status !== 'ACCEPTED' ? 'The booking has ended' : undefined,
    send: ({ reason }, header) => answer(api.POST('/api/v1/reservations/{reservation_id}/cancel', { params: { path: { reservation_id: reservation.id }, header }, body: { reason } })),
    done: 'The booking is cancelled.',
  };
}
