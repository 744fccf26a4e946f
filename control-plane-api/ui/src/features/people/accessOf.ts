import { ACCESS } from '../../api/access.gen';
import { SUMMARIES } from '../../api/roles.gen';

export interface Allowed {
  /** What the routes are about, from their path: "lablet sessions". */
  about: string;
  routes: { operation: string; summary: string; changes: boolean }[];
}

/** Everything that *role* may do, by what it is about; made from the routes themselves. */
export function accessOf(role: string): Allowed[] {
  const byResource = new Map<string, Allowed['routes']>();
  for (const [operation, roles] of Object.entries(ACCESS)) {
    if (!(roles as readonly string[]).includes(role)) continue;
    const about = aboutOf(operation);
    byResource.set(about, [...(byResource.get(about) ?? []), { operation, summary: SUMMARIES[operation] ?? operation, changes: !operation.startsWith('GET ') }]);
  }
  return [...byResource].map(([about, routes]) => ({ about, routes })).sort((one, other) => one.about.localeCompare(other.about));
}

function aboutOf(operation: string): string {
  return (operation.split('/')[3] ?? '').replaceAll('-', ' ');
}
