const FOUND = 8;

/** What is called so comes before what only has it somewhere, so that a worker is not lost among the sessions of a lab. */
export function bestOf<T extends { label: string; description: string }>(all: readonly T[], query: string): T[] {
  const found = all.filter((each) => `${each.label} ${each.description}`.toLowerCase().includes(query));
  const isCalledSo = (each: T) => each.label.toLowerCase().startsWith(query);
  return [...found.filter(isCalledSo), ...found.filter((each) => !isCalledSo(each))].slice(0, FOUND);
}
