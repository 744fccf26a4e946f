"""Places a whole queue in one pass: whoever must go first, goes first, and everybody is told why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lcm_core.placement.demand_planner import tentative_allocation
from lcm_core.placement.engine import Evaluation, PlacementEngine
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.queue_order import queue_order


@dataclass(frozen=True, slots=True)
class Placement:
    """``queue_position`` counts from 1; ``evaluation`` is on the room that those in front left."""

    request: PlacementRequest
    queue_position: int
    evaluation: Evaluation

    @property
    def worker(self) -> WorkerSnapshot | None:
        return self.evaluation.best


def place_batch(
    requests: Iterable[PlacementRequest], index: FleetIndex, engine: PlacementEngine
) -> tuple[Placement, ...]:
    """Everybody's answer, in the order in which they were looked at; *index* holds room for those who were placed.

    A shape that fitted nowhere is not judged again while room is only taken: whoever asks for it later in the queue
    gets the explanation of the first, made on the room that there was then.
    """
    placed: list[Placement] = []
    for position, request in enumerate(sorted(requests, key=queue_order), 1):
        evaluation = engine.evaluate_unless_hopeless(request, index)
        if evaluation.best is not None:
            index.hold(evaluation.best.id, tentative_allocation(evaluation.best, request, index.at))
        placed.append(Placement(request, position, evaluation))
    return tuple(placed)
