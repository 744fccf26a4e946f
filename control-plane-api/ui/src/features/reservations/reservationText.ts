import type { Schemas } from '../../api/types';
import type { Tone } from '../../app/theme';

type Slot = Schemas['Timeslot'];

export const RESERVATION_STATES = ['ACCEPTED', 'COMPLETED', 'CANCELLED'] as const satisfies readonly Schemas['ReservationStatus'][];

export const reservationTone: Record<Schemas['ReservationStatus'], Tone> = { ACCEPTED: 'good', COMPLETED: 'resting', CANCELLED: 'bad' };

const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' };
const TIME: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hour12: false };

/** "Mon, 5 Jan, 09:00 – 10:30" on the reader's clock; the day of the end is told when it is another. */
export function slotText({ start, end }: Slot, timeZone?: string): string {
  const [from, to] = [new Date(start), new Date(end)];
  const day = (at: Date) => at.toLocaleDateString('en-GB', { ...DAY, timeZone });
  const time = (at: Date) => at.toLocaleTimeString('en-GB', { ...TIME, timeZone });
  return `${day(from)}, ${time(from)} – ${day(from) === day(to) ? '' : `${day(to)}, `}${time(to)}`;
}

export function minutesOf({ start, end }: Slot): number {
  return Math.round((Date.parse(end) - Date.parse(start)) / 60_000);
}

/** For `<input type="datetime-local">`: the reader's clock, to the minute. */
export function localInput(at: number): string {
  const shifted = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** The instant that was typed on the reader's clock; undefined while it is not whole. */
export function fromLocalInput(typed: string): string | undefined {
  const at = Date.parse(typed);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** Next quarter of an hour from *now* (milliseconds), at least half an hour away. */
export function nextQuarter(now: number): number {
  const quarter = 15 * 60_000;
  return Math.ceil((now + 2 * quarter) / quarter) * quarter;
}
