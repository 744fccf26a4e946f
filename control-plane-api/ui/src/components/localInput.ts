/** What a `datetime-local` input shows for an ISO instant, on the clock of the browser; empty for what is none. */
export function toLocalInput(instant: string | undefined): string {
  const moment = new Date(instant ?? '');
  if (Number.isNaN(moment.getTime())) return '';
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The ISO instant that was picked; undefined while the input is empty or half typed. */
export function fromLocalInput(picked: string): string | undefined {
  const moment = new Date(picked);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}
