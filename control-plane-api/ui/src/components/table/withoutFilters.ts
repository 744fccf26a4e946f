/** How a list is shown, not what is in it. */
const KEPT = new Set(['tab', 'view', 'sort', 'of', 'day', 'span']);

/** The part of an address that says how a list is shown: its filters are taken away. */
export function withoutFilters(search: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(search).filter(([name]) => KEPT.has(name)));
}
