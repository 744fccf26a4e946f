import type { Schemas } from '../../api/types';
import { zoneText } from '../instantText';

export type Slot = Schemas['Timeslot'];

const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' };
const TIME: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hour12: false };

/** "Mon, 5 Jan, 09:00 – 10:30" on the reader's clock; the year and the day of the end are told when they are others. */
export function slotText({ start, end }: Slot, timeZone?: string, now = Date.now()): string {
  const [from, to] = [new Date(start), new Date(end)];
  const year = (at: Date | number) => new Date(at).toLocaleDateString('en-GB', { year: 'numeric', timeZone });
  const day = (at: Date) => at.toLocaleDateString('en-GB', { ...DAY, timeZone, year: year(at) === year(now) ? undefined : 'numeric' });
  const time = (at: Date) => at.toLocaleTimeString('en-GB', { ...TIME, timeZone });
  return `${day(from)}, ${time(from)} – ${day(from) === day(to) ? '' : `${day(to)}, `}${time(to)}`;
}

/** The same, with the zone of the reader's clock: "Mon, 5 Jan, 09:00 – 10:30 CET". */
export function zonedSlotText(slot: Slot): string {
  return `${slotText(slot)} ${zoneText(slot.start)}`;
}
