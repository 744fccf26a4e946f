const EXACT: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'long' };

/** "30 Nov 2026, 13:34:59 CET": an instant on the reader's clock, with the zone of that clock. */
export function instantText(at: string | number, timeZone?: string): string {
  return new Date(at).toLocaleString('en-GB', { ...EXACT, timeZone });
}

/** "CET", "GMT+5:30": the zone of the reader's clock at that instant. */
export function zoneText(at: string | number, timeZone?: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short', timeZone }).formatToParts(new Date(at));
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}
