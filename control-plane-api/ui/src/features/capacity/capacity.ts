import type { Schemas, WorkerRow } from '../../api/types';
import type { Dimension } from '../../components/dimensions';

export interface Figures {
  declared: number;
  allocated: number;
  /** What was last measured in use; undefined where nobody measures it. */
  measured: number | undefined;
  /** The most that is held at one instant from now on. */
  committed: number;
}

type Measured = Pick<WorkerRow, 'declared' | 'allocations' | 'metrics'>;

/** One dimension of one worker at *now* (milliseconds), side by side. */
export function figuresOf(worker: Measured, dimension: Dimension, now: number): Figures {
  const held = (worker.allocations ?? []).map(({ interval, vector }) => ({ from: Date.parse(interval.start), to: Date.parse(interval.end), amount: vector[dimension] ?? 0 }));
  const sum = (at: number, late: boolean) => held.filter((each) => each.from <= at && (late || each.to > at)).reduce((total, each) => total + each.amount, 0);
  const later = held.filter((each) => each.from > now).map((each) => sum(each.from, false));
  const declared = worker.declared[dimension] ?? 0;
  return { declared, allocated: sum(now, true), measured: measured(worker.metrics, dimension, declared), committed: Math.max(0, ...later) };
}

function measured(metrics: Schemas['WorkerMetrics'] | null | undefined, dimension: Dimension, declared: number): number | undefined {
  if (!metrics) return undefined;
  if (dimension === 'nodes') return metrics.nodes_running ?? undefined;
  const percent = { cpu_cores: metrics.cpu_percent, memory_gb: metrics.memory_percent, storage_gb: metrics.storage_percent }[dimension];
  return percent == null ? undefined : Math.round((declared * percent) / 10) / 10;
}

/** The fleet's figures: sums; *measured* over those that are measured. */
export function totalOf(figures: readonly Figures[]): Figures {
  const sum = (of: (each: Figures) => number) => figures.reduce((total, each) => total + of(each), 0);
  const known = figures.filter((each) => each.measured !== undefined);
  return {
    declared: sum((each) => each.declared),
    allocated: sum((each) => each.allocated),
    committed: sum((each) => each.committed),
    measured: known.length > 0 ? Math.round(10 * sum((each) => each.measured ?? 0)) / 10 : undefined,
  };
}

/** Instances in these states are paid for. */
const PAID: readonly WorkerRow['status'][] = ['PROVISIONING', 'STARTING', 'RUNNING', 'DRAINING', 'STOPPING'];

/** US dollars for a day at the present rate; nothing for what does not run. */
export function costPerDay(worker: Pick<WorkerRow, 'status' | 'cost_per_hour_usd'>): number {
  return PAID.includes(worker.status) ? 24 * (worker.cost_per_hour_usd ?? 0) : 0;
}

export type FiguresAt = (worker: WorkerRow, dimension: Dimension) => Figures;

/** `figuresOf` at *now*, once for each row and dimension: of a thousand workers few change at a time, and a changed one is another row. */
export function figuresAt(now: number): FiguresAt {
  const known = new WeakMap<WorkerRow, Map<Dimension, Figures>>();
  return (worker, dimension) => {
    const ofWorker = known.get(worker) ?? new Map<Dimension, Figures>();
    const figures = ofWorker.get(dimension) ?? figuresOf(worker, dimension, now);
    known.set(worker, ofWorker.set(dimension, figures));
    return figures;
  };
}

export interface WorkerFigures {
  id: string;
  worker: WorkerRow;
  figures: Figures;
  cost: number;
}

export const SORTS = ['name', 'declared', 'allocated', 'measured', 'committed', 'cost'] as const;
type Sort = (typeof SORTS)[number];

export interface Wanted {
  status: WorkerRow['status'] | undefined;
  /** Part of the name. */
  name: string | undefined;
  /** With "-" the other way round. */
  sort: Sort | `-${Sort}`;
}

/** The workers that are *wanted*, in their order; those with the same figure by name, those without one last. */
export function byWorker(workers: readonly WorkerRow[], { status, name, sort }: Wanted, figuresOfOne: (worker: WorkerRow) => Figures): readonly WorkerFigures[] {
  const said = name?.toLowerCase();
  const rows = workers
    .filter((worker) => (!status || worker.status === status) && (!said || worker.name.toLowerCase().includes(said)))
    .map((worker): WorkerFigures => ({ id: worker.id, worker, figures: figuresOfOne(worker), cost: costPerDay(worker) }));
  const key = sort.replace(/^-/, '') as Sort;
  const turned = sort.startsWith('-') ? -1 : 1;
  const byName = (one: WorkerFigures, other: WorkerFigures) => NAMES.compare(one.worker.name, other.worker.name);
  if (key === 'name') return rows.sort((one, other) => turned * byName(one, other));
  const figure = (row: WorkerFigures) => (key === 'cost' ? row.cost : row.figures[key]);
  const compare = (one: number | undefined, other: number | undefined) => (one === undefined ? Number(other !== undefined) : other === undefined ? -1 : turned * (one - other));
  return rows.sort((one, other) => compare(figure(one), figure(other)) || byName(one, other));
}

const NAMES = new Intl.Collator('en', { numeric: true });
