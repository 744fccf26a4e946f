"""What was found out about every worker, kept as arrays and told in words when somebody asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lcm_core.domain.capacity import Shortfall
from lcm_core.domain.read_models import CandidateVerdict, ScoringWeights
from lcm_core.placement.earliest_fit import earliest_fits
from lcm_core.placement.facts import Facts, first_short_row, reason_of
from lcm_core.placement.filters import (
    CHECKS,
    Readiness,
    RejectionReason,
    capacity_detail,
    grantable_ports,
    licence_detail,
    port_range_detail,
)
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.occupancy import ROWS, Int32
from lcm_core.placement.scoring import POINTS, begins_prepared

PREPARED_THERE = "a lab of it stands prepared here"
_LICENCE_ROW, _PORTS_ROW = ROWS.index("licence"), ROWS.index("ports")


@dataclass(eq=False)
class CompactExplanation:
    """Five arrays with a column per worker: some thirty bytes each, whatever the number of bookings.

    ``needed`` and ``free`` are in the rows of the grid, ``points`` mean something where ``facts`` is 0. ``fleet`` and
    ``order`` are the workers and their columns at the time of the decision; the index may have moved on since.
    """

    request: PlacementRequest
    readiness: Readiness
    weights: ScoringWeights
    fleet: FleetSnapshot
    order: NDArray[np.intp]
    needed: Int32
    free: Int32
    facts: Facts
    reason_counts: dict[str, int]
    points: NDArray[np.float64]
    index: FleetIndex
    index_version: int

    @property
    def eligible(self) -> int:
        return len(self.fleet.workers) - sum(self.reason_counts.values())

    @property
    def summary(self) -> str:
        """ "0/12 workers: 7 capacity, 3 license, 2 status": the counts and the eligible ones add up to all workers."""
        told = ", ".join(f"{count} {reason}" for reason, count in self.reason_counts.items())
        return f"{self.eligible}/{len(self.fleet.workers)} workers" + (f": {told}" if told else "")

    @cached_property
    def verdicts(self) -> tuple[CandidateVerdict, ...]:
        """In words, in the order of the fleet. They cost far more than the decision: made when asked for, once."""
        index = self.index if self.index.version == self.index_version else FleetIndex.of(self.fleet)
        facts, columns = self.facts[self.order].tolist(), self.order.tolist()
        told = list(zip(self.fleet.workers, columns, facts, strict=True))
        rejected = [worker.id for worker, _, fact in told if fact]
        earliest = earliest_fits(index, self.request, self.needed, self.readiness, rejected)
        return tuple(
            self._rejected(worker, column, fact, earliest.get(worker.id)) if fact else self._eligible(worker, column)
            for worker, column, fact in told
        )

    def _eligible(self, worker: WorkerSnapshot, column: int) -> CandidateVerdict:
        score = float(self.points[column]) / POINTS
        detail = PREPARED_THERE if begins_prepared(worker, self.request, self.fleet.at) else ""
        return CandidateVerdict(worker_id=worker.id, worker_name=worker.name, eligible=True, score=score, detail=detail)

    def _rejected(self, worker: WorkerSnapshot, column: int, fact: int, earliest: datetime | None) -> CandidateVerdict:
        reason = reason_of(fact)
        assert reason is not None  # noqa: S101 - some bit is set
        short = self._shortfall(worker, column, fact)
        return CandidateVerdict(
            worker_id=worker.id,
            worker_name=worker.name,
            eligible=False,
            reason_code=reason.value,
            detail=self._detail(worker, column, reason, short),
            dimension=short.dimension if short else None,
            needed=short.needed if short else None,
            free=short.free if short else None,
            earliest_fit_at=earliest,
        )

    def _shortfall(self, worker: WorkerSnapshot, column: int, fact: int) -> Shortfall | None:
        row = first_short_row(fact)
        if row is None:
            return None
        short = self._short(row, column)
        if row == _PORTS_ROW and short.needed <= short.free:  # the range has fewer than the host
            others = worker.without(self.request.session_id)
            free = grantable_ports(others, self.request, self.fleet.at)
            return Shortfall("ports", len(self.request.port_requests), free)
        return short

    def _short(self, row: int, column: int) -> Shortfall:
        dimension = "nodes" if row == _LICENCE_ROW else ROWS[row]
        needed = int(getattr(self.request.requirements, dimension))
        return Shortfall(dimension, needed, max(0, int(self.free[row, column])))

    def _detail(self, worker: WorkerSnapshot, column: int, reason: RejectionReason, short: Shortfall | None) -> str:
        if short is None:
            check = next(each.check for each in CHECKS[self.readiness] if each.reason is reason)
            return check(worker, self.request, self.fleet.at) or ""
        match reason:
            case RejectionReason.LICENSE:
                return licence_detail(worker, short)
            case RejectionReason.CAPACITY:
                rows = (self._short(row, column) for row in range(_LICENCE_ROW + 1, len(ROWS)))
                return capacity_detail(each for each in rows if each.needed > each.free)
            case _:
                by_range = short != self._short(_PORTS_ROW, column)
                return port_range_detail(worker, self.request) if by_range else str(short)
