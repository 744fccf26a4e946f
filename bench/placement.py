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
from bench.placement_tables import (
    BOOKINGS,
    BUDGETS,
    Grown,
    Rate,
    Sized,
    against_table,
    costs_table,
    growth_table,
    rates_table,
)
from bench.placement_world import NOW, World, make_world
from bench.report import keep
from lcm_core.domain.values import CapacityAllocation, ResourceVector
from lcm_core.placement.batch import place_batch
from lcm_core.placement.engine import Evaluation, PlacementEngine
from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.testing.placement_reference import loop_evaluate

GROWTH = (100, 1_000, 10_000, 100_000)
ROUNDS = 5
REQUESTS = 1_000
COMPARED = 20


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
        *rates_table(sizes),
        *against_table(sizes),
        *costs_table(sizes),
        *growth_table(growth),
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


# -- measuring

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
