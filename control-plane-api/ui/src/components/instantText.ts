/** Made once for each zone: making one takes a hundred times as long as using it. */
const formats = new Map<string | undefined, Intl.DateTimeFormat>();

function exact(timeZone: string | undefined): Intl.DateTimeFormat {
  const known = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long', timeZone });
  formats.set(timeZone, known);
  return known;
}

/** "30 Nov 2026, 13:34:59 CET": an instant on the reader's clock, with the zone of that clock. */
export function instantText(at: string | number, timeZone?: string): string {
  const instant = new Date(at);
  return Number.isNaN(instant.getTime()) ? String(instant) : exact(timeZone).format(instant);
}

/** "CET", "GMT+5:30": the zone of the reader's clock at that instant. */
export function zoneText(at: string | number, timeZone?: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short', timeZone }).formatToParts(new Date(at));
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}
