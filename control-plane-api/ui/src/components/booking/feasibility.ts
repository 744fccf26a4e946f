import type { Schemas } from '../../api/types';

type Answer = Schemas['DryRunAnswer'];

export interface Verdict {
  fits: boolean;
  /** Seats that get room, and all that were asked for. */
  placed: number;
  asked: number;
  headline: string;
  /** Where it would go, what it costs others, or why it does not fit. */
  lines: string[];
}

const REASONS: Record<string, string> = {
  capacity: 'no room then',
  ports: 'too few free ports then',
  license: 'no licence that fits',
  ami: 'no CML image that fits',
  status: 'not in service then',
  fleet_limit: 'the fleet may not have one worker more',
};

/** What a dry run says, in words for the person who books. */
export function verdictOf(answer: Answer): Verdict {
  const seats = answer.seats;
  const placed = seats.filter((seat) => seat.worker_id || seat.template_name);
  const fits = placed.length === seats.length;
  return { fits, placed: placed.length, asked: seats.length, headline: headline(placed.length, seats.length), lines: fits ? whereLines(answer) : [...whereLines(answer), ...whyLines(answer)] };
}

function headline(placed: number, asked: number): string {
  if (placed === asked) return asked === 1 ? 'There is room' : `There is room for all ${asked}`;
  return asked === 1 ? 'There is no room then' : `Room for ${placed} of ${asked}`;
}

function whereLines({ seats, openings }: Answer): string[] {
  const onWorkers = counted(seats.flatMap((seat) => (seat.worker_name ? [seat.worker_name] : [])));
  const lines = [...onWorkers].map(([name, count]) => (seats.length === 1 ? `On ${name}.` : `${count} on ${name}.`));
  for (const [name, count] of counted(openings.map((opening) => `${opening.template_name} in ${opening.region}`))) {
    lines.push(`${count === 1 ? 'One worker is' : `${count} workers are`} launched for it: ${name}.`);
  }
  const moves = new Set(seats.flatMap((seat) => seat.moves ?? []));
  return [...lines, ...moves];
}

function whyLines({ seats }: Answer): string[] {
  const refused = seats.find((seat) => !seat.worker_id && !seat.template_name);
  const counts = Object.entries(refused?.reason_counts ?? {});
  return counts.map(([code, count]) => {
    const told = refused?.details?.[code];
    if (told) return told;
    return `${count === 1 ? '1 worker' : `${count} workers`}: ${REASONS[code] ?? code.replaceAll('_', ' ')}.`;
  });
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
