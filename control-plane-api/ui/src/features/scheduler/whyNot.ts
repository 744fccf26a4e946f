import type { Schemas } from '../../api/types';

export type Candidate = Schemas['CandidateVerdict'];

const DIMENSION: Record<string, string> = { cpu_cores: 'CPU cores', memory_gb: 'GB of memory', storage_gb: 'GB of storage', nodes: 'licensed nodes', ports: 'ports' };

/** Name of a dimension as people say it; one that is not known here keeps its own. */
export function dimensionName(dimension: string): string {
  return DIMENSION[dimension] ?? dimension.replaceAll('_', ' ');
}

/** First check that a worker fails, in one line: what is needed against what is free where the check counts something. */
export function whyNot(candidate: Candidate): string {
  if (candidate.eligible) return 'Fits';
  const { dimension, needed, free, detail, reason_code } = candidate;
  if (needed != null && free != null) {
    const what = dimension ? ` ${dimensionName(dimension)}` : '';
    return `Needs ${needed}${what}, ${free} free`;
  }
  return detail || (reason_code ?? 'does not fit').replaceAll('_', ' ').toLowerCase();
}

/** Those that fit first, by score; then those that will fit, the earliest first; then the others by name. */
export function byHope(candidates: readonly Candidate[]): Candidate[] {
  const rank = (each: Candidate) => (each.eligible ? 0 : each.earliest_fit_at ? 1 : 2);
  return [...candidates].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      (other.score ?? 0) - (one.score ?? 0) ||
      Date.parse(one.earliest_fit_at ?? '0') - Date.parse(other.earliest_fit_at ?? '0') ||
      one.worker_name.localeCompare(other.worker_name, 'en', { numeric: true }),
  );
}

/** Seconds as people say how long something waits: "45 s", "12 min", "3 h 5 min", "2 d 4 h". */
export function waited(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
