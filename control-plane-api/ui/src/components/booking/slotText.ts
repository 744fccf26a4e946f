import type { Schemas } from '../../api/types';

export type Slot = Schemas['Timeslot'];

const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' };
const TIME: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hour12: false };

/** "Mon, 5 Jan, 09:00 – 10:30" on the reader's clock; the day of the end is told when it is another. */
export function slotText({ start, end }: Slot, timeZone?: string): string {
  const [from, to] = [new Date(start), new Date(end)];
  const day = (at: Date) => at.toLocaleDateString('en-GB', { ...DAY, timeZone });
  const time = (at: Date) => at.toLocaleTimeString('en-GB', { ...TIME, timeZone });
  return `${day(from)}, ${time(from)} – ${day(from) === day(to) ? '' : `${day(to)}, `}${time(to)}`;
}
