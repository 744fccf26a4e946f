/** What a worker has and sessions hold, in the order in which it is shown; the API's names, and people's. */
export const DIMENSIONS = [
  ['cpu_cores', 'CPU cores'],
  ['memory_gb', 'Memory, GB'],
  ['storage_gb', 'Storage, GB'],
  ['nodes', 'Nodes'],
] as const;

export type Dimension = (typeof DIMENSIONS)[number][0];
