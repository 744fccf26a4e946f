import type { WorkerRow } from '../../api/types';
import { workerTone } from '../../app/theme';
import { StatusBadge } from '../../components/StatusBadge';

/** The state; a running worker that takes nobody says so. */
export function WorkerBadge({ worker }: { worker: WorkerRow }) {
  const closed = worker.status === 'RUNNING' && !worker.placeable;
  return <StatusBadge status={closed ? 'NOT PLACEABLE' : worker.status} tone={closed ? 'moving' : workerTone[worker.status]} />;
}
