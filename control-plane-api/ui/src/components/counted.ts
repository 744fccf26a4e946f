/** "1 node", "1,204 nodes": an amount with its noun in the right number. */
export function counted(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? one : many}`;
}
