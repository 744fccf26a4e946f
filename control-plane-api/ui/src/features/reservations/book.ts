import { answer, api } from '../../api/client';
import type { RequestKeys } from '../../api/requestKeys';
import type { Schemas } from '../../api/types';
import type { TypedSeat } from './seats';

export interface Booking {
  definition_id: string;
  duration_minutes: number;
  start: string;
  priority: Schemas['BookingPriority'];
  seats: TypedSeat[];
  asClass: boolean;
  /** A class is booked whole or not at all. */
  whole: boolean;
}

export type Booked = Pick<Schemas['ReservationBatchAnswer'], 'accepted' | 'refused'>;

/** Sends a booking. */
export async function book({ seats, asClass, whole, ...terms }: Booking, keys: RequestKeys): Promise<Booked> {
  const header = { 'idempotency-key': keys.of({ seats, asClass, whole, ...terms }) };
  if (asClass) {
    const body = { ...terms, mode: whole ? ('all_or_nothing' as const) : ('best_effort' as const), seats: seats.map((seat) => ({ candidate: { username: seat.username }, external_id: seat.externalId })) };
    const made = await answer(api.POST('/api/v1/reservations/batch', { params: { header }, body: body as Schemas['CreateReservationBatch'] }));
    keys.done();
    return made;
  }
  const [seat] = seats;
  const body = { ...terms, candidate: { username: seat?.username ?? '' }, external_id: seat?.externalId };
  const one = await answer(api.POST('/api/v1/reservations', { params: { header }, body: body as Schemas['CreateReservation'] }));
  keys.done();
  return { accepted: [one], refused: [] };
}
