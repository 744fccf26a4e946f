"""Admission as plain loops over workers and bookings: slow, readable, and what the planner must agree with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce

from lcm_core.domain.capacity import peak_allocated
from lcm_core.domain.values import CapacityAllocation, ResourceVector
from lcm_core.placement.admission_plan import FleetLimits
from lcm_core.placement.filters import CHECKS, Readiness, RejectionReason, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, TemplateSnapshot, WorkerSnapshot, WorkerSupply
from lcm_core.placement.scoring import fit_score
from lcm_core.placement.template_choice import best_template, labs_in

_CHECKS = CHECKS[Readiness.BY_START]


@dataclass(frozen=True, slots=True)
class LoopOutcome:
    """Who holds the room, or how many workers and templates were turned down for which reason."""

    worker_id: str | None
    workers: dict[str, int]
    templates: dict[str, int]


def loop_admit(
    requests: Sequence[PlacementRequest], fleet: FleetSnapshot, limits: FleetLimits, exclude: Collection[str] = ()
) -> list[LoopOutcome]:
    workers = {
        each.id: replace(each, supply=WorkerSupply.GONE) if each.id in exclude else each for each in fleet.workers
    }
    outcomes: list[LoopOutcome] = []
    opened = 0
    for request in requests:
        chosen = _best(workers.values(), request, fleet)
        if chosen is None:
            refused = {each.name: _why_not(each, request, fleet, workers, limits) for each in fleet.templates}
            offers = [each for each in fleet.templates if refused[each.name] is None]
            if not offers:
                rejected = (first_rejection(each, request, fleet.at, _CHECKS) for each in workers.values())
                told = {each.name: refused[each.name] for each in fleet.templates if each.enabled}
                outcomes.append(
                    LoopOutcome(
                        None,
                        dict(Counter(each.reason.value for each in rejected if each)),
                        dict(Counter(reason.value for reason in told.values() if reason)),
                    )
                )
                continue
            alike = sum(replace(each, session_id=request.session_id) == request for each in requests[len(outcomes) :])
            there = _held_at_peak(workers.values(), request, fleet)
            template = best_template(offers, request.requirements, max(alike, labs_in(there, request.requirements)))
            assert template is not None
            chosen = _new(template, fleet, f"new-{opened}")
            opened += 1
        workers[chosen.id] = chosen.holding(
            CapacityAllocation(
                session_id=request.session_id,
                vector=request.requirements,
                interval=request.interval,
                allocated_at=fleet.at,
                granted=False,
            )
        )
        outcomes.append(LoopOutcome(chosen.id, {}, {}))
    return outcomes


def _held_at_peak(
    workers: Collection[WorkerSnapshot], request: PlacementRequest, fleet: FleetSnapshot
) -> ResourceVector:
    staying = (each for each in workers if each.supply is not WorkerSupply.GONE)
    peaks = (peak_allocated(each.held_by_others(request.session_id), request.interval, fleet.at) for each in staying)
    return reduce(ResourceVector.__add__, peaks, ResourceVector())


def _best(
    workers: Collection[WorkerSnapshot], request: PlacementRequest, fleet: FleetSnapshot
) -> WorkerSnapshot | None:
    fitting = [each for each in workers if first_rejection(each, request, fleet.at, _CHECKS) is None]
    return min(fitting, key=lambda each: (each.supply, -fit_score(each, request, fleet.at), each.id), default=None)


def _why_not(
    template: TemplateSnapshot,
    request: PlacementRequest,
    fleet: FleetSnapshot,
    workers: dict[str, WorkerSnapshot],
    limits: FleetLimits,
) -> RejectionReason | None:
    rejection = first_rejection(_new(template, fleet, template.name), request, fleet.at, _CHECKS)
    if rejection is not None:
        return rejection.reason
    if not template.offered(fleet.at):
        return RejectionReason.STATUS
    there = sum(each.region == template.region for each in workers.values())
    return RejectionReason.FLEET_LIMIT if there >= limits.max_workers_per_region else None


def _new(template: TemplateSnapshot, fleet: FleetSnapshot, worker_id: str) -> WorkerSnapshot:
    return template.as_worker(worker_id, fleet.at + timedelta(seconds=template.startup_seconds))
