import type { Schemas } from '../../api/types';
import type { Tone } from '../../app/theme';
import type { Slot } from '../../components/booking/slotText';

export const RESERVATION_STATES = ['ACCEPTED', 'COMPLETED', 'CANCELLED'] as const satisfies readonly Schemas['ReservationStatus'][];

export const reservationTone: Record<Schemas['ReservationStatus'], Tone> = { ACCEPTED: 'good', COMPLETED: 'resting', CANCELLED: 'bad' };

export function minutesOf({ start, end }: Slot): number {
  return Math.round((Date.parse(end) - Date.parse(start)) / 60_000);
}
