const pad = (value: number) => String(value).padStart(2, '0');

/** "2026-01-05" on the reader's clock. */
export function dayText(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** The midnight with which a day begins on the reader's clock; that of today for what is no day. */
export function dayStart(day: string): number {
  const at = new Date(`${day}T00:00:00`).getTime();
  return Number.isNaN(at) ? new Date(new Date().toDateString()).getTime() : at;
}

/** The seven days, Monday first, of the week of *day*. */
export function weekOf(day: string): string[] {
  const date = new Date(dayStart(day));
  const monday = date.getDate() - ((date.getDay() + 6) % 7);
  return Array.from({ length: 7 }, (_, index) => dayText(new Date(date.getFullYear(), date.getMonth(), monday + index).getTime()));
}

export function shifted(day: string, days: number): string {
  const date = new Date(dayStart(day));
  return dayText(new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime());
}
