"""Packing against an exact solver: one booking at a time, all at once, and after a consolidation plan.

Costs are those of the workers that hold anything (with one template: their number), as shares of the least cost. Where
the solver proves no least cost within its time, the share is taken of what it proved, and marked: the truth is lower.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from bench.machine import machine_facts
from bench.packing_play import applied, book_all, cost, first_fit, request, with_spares
from bench.packing_traces import Trace, traces
from bench.solver import prove
from lcm_core.placement.consolidation import Saving, plan_consolidation
from lcm_core.placement.packing import EFFORT_OF_100_MS, PackingTask, pack, within

SEEDS = (1, 2, 3, 4, 5)
TUNED_ON = 1
"""Heuristics were chosen while looking at these days; the others are to say how good they are."""
T = TypeVar("T")
REPORT = Path(".artifacts/bench/packing.json")
SOLVER_SECONDS = 15.0
MOVES_TO_MAKE_ROOM = 24
ONLINE_BUDGET, BATCH_BUDGET = 1.05, 1.01


@dataclass(frozen=True, slots=True)
class Row:
    """Costs in USD an hour, times in milliseconds of this process's processor."""

    trace: str
    adversarial: bool
    bookings: int
    seed: int
    proven_cost: float
    optimal: bool
    solver_ms: float
    first_fit: float
    first_fit_decreasing: float
    online: float
    online_making_room: float
    moves_making_room: int
    batch: float
    batch_bound: float
    batch_ms: float
    consolidated: float
    moves: int
    released: int
    plan_ms: float

    def share(self, cost: float) -> float:
        return cost / self.proven_cost


def run(seeds: Sequence[int]) -> list[Row]:
    """What was measured is on file after each trace."""
    rows: list[Row] = []
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        for trace in traces(seed):
            rows.append(measure(trace, seed))
            report = {"machine": machine_facts(), "rows": [asdict(row) for row in rows], "verdicts": verdicts(rows)}
            REPORT.write_text(json.dumps(report, indent=2))
    return rows


def measure(trace: Trace, seed: int) -> Row:
    task = PackingTask(trace.bookings, offers=trace.offers)
    plan, batch_ms = _timed(lambda: pack(task, within(EFFORT_OF_100_MS)))
    proof = prove(trace.bookings, trace.offers, plan, SOLVER_SECONDS)
    online, making_room = book_all(trace), book_all(trace, moves_per_booking=MOVES_TO_MAKE_ROOM)
    fleet, movable = with_spares(online.fleet), [request(each) for each in trace.bookings]
    consolidation, plan_ms = _timed(
        lambda: plan_consolidation(
            fleet,
            movable,
            max_moves=2 * len(movable),
            may_go_on=within(EFFORT_OF_100_MS),
            saving=Saving.WORKERS,
        )
    )
    return Row(
        trace=trace.name if seed == TUNED_ON else f"{trace.name}/{seed}",
        seed=seed,
        adversarial=trace.adversarial,
        bookings=len(trace.bookings),
        proven_cost=proof.bound,
        optimal=proof.optimal,
        solver_ms=proof.seconds * 1000,
        first_fit=first_fit(trace).cost,
        first_fit_decreasing=first_fit(trace, decreasing=True).cost,
        online=online.cost,
        online_making_room=making_room.cost,
        moves_making_room=making_room.moves,
        batch=plan.cost_per_hour_usd,
        batch_bound=plan.lower_bound_usd,
        batch_ms=batch_ms,
        consolidated=cost(applied(fleet, consolidation.moves)),
        moves=len(consolidation.moves),
        released=sum(len(each.worker_ids) for each in consolidation.releases),
        plan_ms=plan_ms,
    )


def _timed(make: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    made = make()
    return made, (time.process_time() - begun) * 1000


def total(rows: Sequence[Row], cost_of: Callable[[Row], float]) -> float:
    """Over all traces: the sum of the costs as a share of the sum of what was proven; nothing costs nothing."""
    proven = sum(row.proven_cost for row in rows)
    return sum(map(cost_of, rows)) / proven if proven else 1.0


def table(rows: Sequence[Row]) -> Table:
    shown = Table(
        title="Cost as a share of the least possible (~: of a proven bound, the truth is lower; *: adversarial)"
    )
    headings = ("optimum", "solver s", "first fit", "decreasing", "online", "making room", "batch", "ms")
    shown.add_column("trace")
    shown.add_column("bookings", justify="right")
    for heading in (*headings, "consolidated", "moves", "ms"):
        shown.add_column(heading, justify="right")
    for row in rows:
        mark = "" if row.optimal else "~"
        one_by_one = (row.first_fit, row.first_fit_decreasing, row.online, row.online_making_room)
        shares = (f"{mark}{row.share(each):.3f}" for each in one_by_one)
        shown.add_row(
            f"{row.trace} *" if row.adversarial else row.trace,
            str(row.bookings),
            f"{mark}{row.proven_cost:.2f}",
            f"{row.solver_ms / 1000:.1f}",
            *shares,
            f"{mark}{row.share(row.batch):.3f}",
            f"{row.batch_ms:.0f}",
            f"{mark}{row.share(row.consolidated):.3f}",
            str(row.moves),
            f"{row.plan_ms:.0f}",
        )
    for name, some in groups(rows).items():
        if some:
            shown.add_row(name, *[""] * 3, *_totals(some))
    return shown


def groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return {
        "natural days": [row for row in rows if not row.adversarial],
        "adversarial": [row for row in rows if row.adversarial],
        "all": list(rows),
        "all proven optimal": [row for row in rows if row.optimal],
    }


def _totals(rows: Sequence[Row]) -> list[str]:
    return [
        f"{total(rows, lambda row: row.first_fit):.3f}",
        f"{total(rows, lambda row: row.first_fit_decreasing):.3f}",
        f"{total(rows, lambda row: row.online):.3f}",
        f"{total(rows, lambda row: row.online_making_room):.3f}",
        f"{total(rows, lambda row: row.batch):.3f}",
        f"{max(row.batch_ms for row in rows):.0f}",
        f"{total(rows, lambda row: row.consolidated):.3f}",
        str(sum(row.moves for row in rows)),
        f"{max(row.plan_ms for row in rows):.0f}",
    ]


def verdicts(rows: Sequence[Row]) -> list[str]:
    """Online as the services book: promises may move to make room. Placing alone is in the table, for comparison.

    Seeds that nothing was tuned on are judged where there are any: proven ones by their least cost, and all of them by
    what was proven of it, which makes everything look worse than it is.
    """
    judged = [row for row in rows if row.seed != TUNED_ON] or list(rows)
    proven = groups(judged)["all proven optimal"]
    natural = [row for row in proven if not row.adversarial]
    slowest = max(max(row.batch_ms, row.plan_ms) for row in rows)
    measured = (
        ("online", total(proven, lambda row: row.online_making_room), ONLINE_BUDGET),
        ("online, natural days", total(natural, lambda row: row.online_making_room), ONLINE_BUDGET),
        ("batch", total(proven, lambda row: row.batch), BATCH_BUDGET),
        ("consolidated", total(proven, lambda row: row.consolidated), BATCH_BUDGET),
        ("online, of bounds", total(judged, lambda row: row.online_making_room), ONLINE_BUDGET),
        ("batch, of bounds", total(judged, lambda row: row.batch), BATCH_BUDGET),
        ("consolidated, of bounds", total(judged, lambda row: row.consolidated), BATCH_BUDGET),
        ("slowest batch or plan, ms", slowest, 100.0),
    )
    return [
        f"{name:28} {value:8.3f}   budget <= {budget:g}   {'kept' if value <= budget else 'MISSED'}"
        for name, value, budget in measured
    ]


def main() -> int:
    console = Console(width=150)
    console.print(machine_facts())
    rows = run([int(each) for each in sys.argv[1:]] or SEEDS)
    console.print(table(rows))
    for line in verdicts(rows):
        console.print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
