"""Decisions per second with the whole explanation kept, against plain loops that say the same and a plain matrix.

All in one process and one run, in alternating rounds; what is compared is processor time, because others may share the
machine. Worlds are drawn from a fixed seed, and the answers of both sides are compared before anything is measured.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from bench.placement_rivals import PlainLoop, PlainMatrix, Verdict
from bench.placement_world import NOW, World, make_world
from bench.report import keep, table
from lcm_core.domain.values import CapacityAllocation, ResourceVector
from lcm_core.placement.batch import place_batch
from lcm_core.placement.engine import Evaluation, PlacementEngine
from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.testing.placement_reference import loop_evaluate

BOOKINGS = 10_000
BUDGETS = {200: 20_000, 1_000: 5_000, 5_000: 800}
LOOP_BUDGET = 50
GROWTH = (100, 1_000, 10_000, 100_000)
ROUNDS = 5
REQUESTS = 1_000
COMPARED = 20


@dataclass(frozen=True, slots=True)
class Rate:
    """Operations per second of processor time, and by the clock on the wall: medians over the rounds."""

    cpu: float
    wall: float
    worst_cpu: float


@dataclass(frozen=True, slots=True)
class Sized:
    """One size of fleet; seconds are of processor time."""

    workers: int
    rates: dict[str, Rate]
    compared_verdicts: int
    build_seconds: float
    words_seconds: float
    record_seconds: float


@dataclass(frozen=True, slots=True)
class Grown:
    bookings: int
    rates: dict[str, Rate]
    build_seconds: float


@dataclass(frozen=True, slots=True)
class Backlog:
    waiting: int
    could_fit: int
    placed: int
    explained: int
    first_cycle_seconds: float
    next_cycle_seconds: float


def run() -> list[str]:
    sizes = [_measure(workers) for workers in BUDGETS]
    growth = [_grown(bookings) for bookings in GROWTH]
    backlog = _backlog()
    file = keep(
        "placement",
        {"sizes": list(map(asdict, sizes)), "growth": list(map(asdict, growth)), "backlog": asdict(backlog)},
    )
    return [
        *_rates_table(sizes),
        *_against_table(sizes),
        *_costs_table(sizes),
        *_growth_table(growth),
        f"hopeless backlog on 1,000 workers: {backlog.waiting} waiting, {backlog.could_fit} of them can fit; "
        f"{backlog.placed} placed and {backlog.explained} explained in {backlog.first_cycle_seconds:.3f} s; "
        f"the next cycle over the others takes {backlog.next_cycle_seconds:.3f} s",
        f"written to {file}",
    ]


# -- 10,000 bookings on fleets of three sizes


def _measure(workers: int) -> Sized:
    world = make_world(workers, BOOKINGS, REQUESTS)
    engine, index, build_seconds = PlacementEngine(), *_built(world)
    loop = PlainLoop(world.fleet)
    compared = _compare(world, engine, index, loop)
    matrix = PlainMatrix(world.fleet, slots_first=False)
    turned = PlainMatrix(world.fleet, slots_first=True)
    few = max(4, 6_000 // workers)

    def decide(request: PlacementRequest) -> Evaluation:
        evaluation = engine.evaluate(request, index)
        _ = evaluation.summary  # counted and said, as for every decision that is recorded
        return evaluation

    rates = _alternate(
        {
            "engine": (decide, world.requests),
            "engine_and_book": (_booking(engine, index), world.requests),
            "loop": (loop.judge, world.requests[:few]),
            "rules": (lambda request: loop_evaluate(request, world.fleet), world.requests[: max(1, few // 20)]),
            "matrix": (matrix.choose, world.requests[: few * 20]),
            "matrix_slots_first": (turned.choose, world.requests[: few * 20]),
        }
    )
    return Sized(
        workers=workers,
        rates=rates,
        compared_verdicts=compared,
        build_seconds=build_seconds,
        words_seconds=_seconds(lambda: engine.evaluate(world.requests[0], index).verdicts),
        record_seconds=_seconds(lambda: engine.decide(world.requests[0], index, decision_id="d")),
    )


def _built(world: World) -> tuple[FleetIndex, float]:
    begun = time.process_time()
    index = FleetIndex.of(world.fleet)
    return index, time.process_time() - begun


def _compare(world: World, engine: PlacementEngine, index: FleetIndex, loop: PlainLoop) -> int:
    """Verdicts that were found equal; the rules themselves are asked for fewer requests, they take long."""
    count = 0
    for number, request in enumerate(world.requests[:COMPARED]):
        evaluation = engine.evaluate(request, index)
        best = evaluation.best.id if evaluation.best else None
        ours = _told(evaluation)
        if (best, ours) != loop.judge(request):
            raise AssertionError(f"engine and plain loop differ about {request}")
        if number < 2:
            rules = loop_evaluate(request, world.fleet)
            told = [(each.worker_id, each.reason_code, each.detail, each.score) for each in rules.verdicts]
            words = [(each.worker_id, each.reason_code, each.detail, each.score) for each in evaluation.verdicts]
            if (best, words) != (rules.best_id, told):
                raise AssertionError(f"engine and rules differ about {request}")
        count += len(ours)
    return count


def _told(evaluation: Evaluation) -> list[Verdict]:
    return [
        (each.worker_id, each.reason_code, each.dimension, each.needed, each.free, each.score)
        for each in evaluation.verdicts
    ]


def _booking(engine: PlacementEngine, index: FleetIndex) -> Callable[[PlacementRequest], Evaluation]:
    """Decide, promise the room, and give back that of the tenth booking before: as many live ones as at the start."""
    held: deque[tuple[str, str]] = deque()

    def book(request: PlacementRequest) -> Evaluation:
        evaluation = engine.evaluate(request, index)
        _ = evaluation.summary
        if evaluation.best is not None:
            index.hold(evaluation.best.id, _promise(request))
            held.append((evaluation.best.id, request.session_id))
        if len(held) > 10:
            index.release(*held.popleft())
        return evaluation

    return book


def _promise(request: PlacementRequest) -> CapacityAllocation:
    return CapacityAllocation(
        session_id=request.session_id,
        vector=request.requirements,
        interval=request.interval,
        allocated_at=NOW,
        granted=False,
    )


# -- from 100 to 100,000 bookings


def _grown(bookings: int) -> Grown:
    world = make_world(1_000, bookings, REQUESTS, days=14)
    engine, index, build_seconds = PlacementEngine(), *_built(world)
    rates = _alternate(
        {
            "engine": (lambda request: engine.evaluate(request, index).summary, world.requests),
            "engine_and_book": (_booking(engine, index), world.requests),
        }
    )
    return Grown(bookings, rates, build_seconds)


# -- 2,000 waiting, nine in ten of them hopeless


def _backlog() -> Backlog:
    world = make_world(1_000, BOOKINGS, 2_000)
    too_much = ResourceVector(cpu_cores=500, memory_gb=8)
    queue = [
        each if number % 10 == 0 else replace(each, requirements=too_much, interval=world.requests[number % 7].interval)
        for number, each in enumerate(world.requests)
    ]
    engine, index = PlacementEngine(), FleetIndex.of(world.fleet)
    begun = time.process_time()
    placed = place_batch(queue, index, engine)
    seconds = time.process_time() - begun
    left = [each.request for each in placed if each.worker is None]
    return Backlog(
        waiting=len(queue),
        could_fit=len(queue) // 10,
        placed=sum(each.worker is not None for each in placed),
        explained=sum(bool(each.evaluation.summary) for each in placed),
        first_cycle_seconds=seconds,
        next_cycle_seconds=_seconds(lambda: place_batch(left, index, engine)),
    )


# -- measuring and showing

Operation = Callable[[PlacementRequest], object]


def _alternate(sides: dict[str, tuple[Operation, Sequence[PlacementRequest]]]) -> dict[str, Rate]:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for operation, requests in sides.values():
        operation(requests[0])
    gc.collect()
    gc.freeze()  # the world is not the garbage of any side
    for _ in range(ROUNDS):
        for name, (operation, requests) in sides.items():
            gc.collect()
            cpu, wall = time.process_time(), time.perf_counter()
            kept = [operation(request) for request in requests]
            spent = time.process_time() - cpu, time.perf_counter() - wall
            found[name].append((len(kept) / spent[0], len(kept) / spent[1]))
            del kept
    gc.unfreeze()
    return {
        name: Rate(
            statistics.median(cpu for cpu, _ in rates),
            statistics.median(wall for _, wall in rates),
            min(cpu for cpu, _ in rates),
        )
        for name, rates in found.items()
    }


def _seconds(operation: Callable[[], object]) -> float:
    begun = time.process_time()
    operation()
    return time.process_time() - begun


def _rates_table(sizes: Sequence[Sized]) -> list[str]:
    rows: list[list[str]] = []
    for size in sizes:
        ours, budget = size.rates["engine"], BUDGETS[size.workers]
        verdict = "met" if ours.cpu >= budget else "MISSED"
        wall, booked = _per_second(ours.wall), _per_second(size.rates["engine_and_book"].cpu)
        rows.append(
            [
                f"{size.workers:,}",
                _per_second(ours.cpu),
                _per_second(ours.worst_cpu),
                wall,
                f"{budget:,}",
                verdict,
                booked,
            ]
        )
    title = f"decisions per second, explanation and counts kept, {BOOKINGS:,} live bookings"
    columns = ["workers", "cpu, median", "cpu, worst", "by the wall", "budget", "", "decide, promise, give back"]
    return table(title, columns, rows)


def _against_table(sizes: Sequence[Sized]) -> list[str]:
    sides = {
        "loop": f"plain loop, same answers (budget >= {LOOP_BUDGET} x)",
        "rules": "the readable rules, same answers",
        "matrix": "matrix worker × slot, choice only (budget > 1 x)",
        "matrix_slots_first": "matrix slot × worker, choice only",
    }
    rows = [[told, *(_against(size, name) for size in sizes)] for name, told in sides.items()]
    return table(
        "the same run, per second: theirs, and how many times that the engine does", ["", *_names(sizes)], rows
    )


def _against(size: Sized, name: str) -> str:
    theirs = size.rates[name].cpu
    return f"{_per_second(theirs)}  {size.rates['engine'].cpu / theirs:.1f} x"


def _costs_table(sizes: Sequence[Sized]) -> list[str]:
    rows = [
        ["verdicts found equal", *(f"{size.compared_verdicts:,}" for size in sizes)],
        ["index built from nothing, ms", *(f"{size.build_seconds * 1e3:.0f}" for size in sizes)],
        ["a verdict in words per worker, ms", *(f"{size.words_seconds * 1e3:.1f}" for size in sizes)],
        ["the same as a record that can be replayed, ms", *(f"{size.record_seconds * 1e3:.1f}" for size in sizes)],
    ]
    return table("what is not in the rate", ["", *_names(sizes)], rows)


def _growth_table(growth: Sequence[Grown]) -> list[str]:
    rows = [
        [
            f"{each.bookings:,}",
            _per_second(each.rates["engine"].cpu),
            _per_second(each.rates["engine_and_book"].cpu),
            f"{each.build_seconds * 1e3:.0f}",
        ]
        for each in growth
    ]
    columns = ["bookings", "decisions/s", "decide, promise, give back/s", "index built, ms"]
    return table("growth: 1,000 workers, bookings over 14 days", columns, rows)


def _names(sizes: Sequence[Sized]) -> list[str]:
    return [f"{size.workers:,} workers" for size in sizes]


def _per_second(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"
