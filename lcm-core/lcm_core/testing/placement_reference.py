"""The placement rules as plain loops over workers and bookings: slow, readable, and what the engine must agree with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from lcm_core.domain.capacity import Shortfall, shortfalls
from lcm_core.domain.read_models import ScoringWeights
from lcm_core.domain.values import CAPACITY_SLOT, Timeslot
from lcm_core.placement.earliest_fit import HORIZON
from lcm_core.placement.explanation import PREPARED_THERE
from lcm_core.placement.filters import CHECKS, Readiness, RejectionReason, first_rejection, grantable_ports
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.placement.scoring import DEFAULT_WEIGHTS, begins_prepared, fit_score


@dataclass(frozen=True, slots=True)
class LoopVerdict:
    worker_id: str
    reason_code: str | None
    detail: str
    score: float | None
    short: Shortfall | None


@dataclass(frozen=True, slots=True)
class LoopEvaluation:
    verdicts: tuple[LoopVerdict, ...]
    best_id: str | None


def loop_evaluate(
    request: PlacementRequest,
    fleet: FleetSnapshot,
    readiness: Readiness = Readiness.NOW,
    weights: ScoringWeights = DEFAULT_WEIGHTS,
) -> LoopEvaluation:
    verdicts = tuple(_verdict(worker, request, fleet.at, readiness, weights) for worker in fleet.workers)
    fitting = [
        (worker.supply if readiness is Readiness.BY_START else 0, -verdict.score, worker.id)
        for worker, verdict in zip(fleet.workers, verdicts, strict=True)
        if verdict.score is not None
    ]
    return LoopEvaluation(verdicts, min(fitting)[2] if fitting else None)


def loop_earliest_fit(
    worker: WorkerSnapshot, request: PlacementRequest, now: datetime, readiness: Readiness = Readiness.NOW
) -> datetime | None:
    """Tries one slot after the other; for workers that are not short of a port range."""
    if readiness is Readiness.NOW and not worker.placeable and worker.available_from is None:
        return None
    if first_rejection(replace(worker, allocations=()), request, now, CHECKS[Readiness.ANY]) is not None:
        return None
    grid = request.interval.on_grid()
    at, limit = grid.start, grid.start + HORIZON
    while at < limit:
        later = replace(request, interval=Timeslot(start=at, end=at + grid.duration))
        up = readiness is Readiness.ANY or worker.available_from is None or worker.available_from <= at
        if up and first_rejection(worker.without(request.session_id), later, now, CHECKS[Readiness.ANY]) is None:
            return at
        at += CAPACITY_SLOT
    return None


def _verdict(
    worker: WorkerSnapshot, request: PlacementRequest, now: datetime, readiness: Readiness, weights: ScoringWeights
) -> LoopVerdict:
    worker = worker.without(request.session_id)
    rejection = first_rejection(worker, request, now, CHECKS[readiness])
    if rejection is None:
        detail = PREPARED_THERE if begins_prepared(worker, request, now) else ""
        return LoopVerdict(worker.id, None, detail, fit_score(worker, request, now, weights), None)
    short = _first_short(worker, request, now, rejection.reason)
    return LoopVerdict(worker.id, rejection.reason.value, rejection.detail, None, short)


def _first_short(
    worker: WorkerSnapshot, request: PlacementRequest, now: datetime, reason: RejectionReason
) -> Shortfall | None:
    """Of the check that failed, the first dimension in which it did."""
    declared = worker.declared
    match reason:
        case RejectionReason.LICENSE:
            if worker.license_type not in request.license_affinity:
                return None
            declared, wanted = declared.model_copy(update={"nodes": worker.licensed_nodes}), {"nodes"}
        case RejectionReason.CAPACITY:
            wanted = {"cpu_cores", "memory_gb", "storage_gb", "nodes"}
        case RejectionReason.PORTS:
            declared, wanted = worker.usable, {"ports"}
        case _:
            return None
    short = shortfalls(declared, worker.allocations, request.requirements, request.interval, now)
    by_host = next((each for each in short if each.dimension in wanted), None)
    return by_host or Shortfall("ports", len(request.port_requests), grantable_ports(worker, request, now))
