/** A whole number above 0 as it stands in the address; *otherwise* where there is none, undefined for what is no such number. */
export function whole(said: string | undefined, otherwise: number): number | undefined {
  if (said === undefined) return otherwise;
  const number = Number(said);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
