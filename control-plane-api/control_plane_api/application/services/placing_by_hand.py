"""Moving a session that has not begun at an operator's word: what it had and what it gets, in one commit.

A worker that serves, and whose time to begin has come, is granted at once; else it holds the room, and the scheduler
places the session there when its time comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from control_plane_api.application.services.placement_records import keep_decision
from control_plane_api.application.services.room import give_back
from control_plane_api.application.services.session_flow import take_off_worker
from control_plane_api.domain.entities import CMLWorker, LabletSession, read_model_of
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import CapacityRefused
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    LabletSessionReadModel,
    PlacementDecision,
    PlacementOutcome,
    WithoutRoom,
)
from lcm_core.domain.values import AmiRequirement
from lcm_core.placement.engine import Evaluation, PlacementEngine, record_decision
from lcm_core.placement.filters import Readiness, RejectionReason
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSupply
from lcm_core.placement.snapshots import placement_request, worker_snapshot, worker_supply


@dataclass(frozen=True, slots=True)
class Order:
    """*override* sets aside reasons that are a matter of judgement."""

    reason: str
    override: bool = False


async def vacate(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> str | None:
    """Back to PENDING; the worker that it was on, or that held its room.

    A lab that may be there already is left behind: the worker takes nobody before it is proven gone. Raises
    IllegalTransition once the learner has begun.
    """
    session.require_movable()
    if session.state.status is LabletSessionStatus.PENDING:
        return session.state.promised_worker_id
    left = session.state.worker_id
    await take_off_worker(uow, session, reason, stamp, keep_room=False, lab_is_lost=session.may_be_on_a_host)
    return left


async def put_on(uow: UnitOfWork, session: LabletSession, worker: CMLWorker, order: Order, stamp: Stamp) -> bool:
    """Grant *worker* to a PENDING *session*, or have it hold the room; whoever held it before gives it back.

    Raises CapacityRefused with the facts, by the rule that everybody is placed by.
    """
    before = session.state.promised_worker_id
    if worker.placeable and is_due(session, worker, stamp):
        changed = _grant(uow, session, worker, order, stamp)
    else:
        changed = _hold(session, worker, order, stamp)
    if before not in (None, worker.id):
        await give_back(uow, before, session.id, order.reason, stamp)
    return changed


def is_due(session: LabletSession, worker: CMLWorker, stamp: Stamp) -> bool:
    """Placed as early as the scheduler would: one worker start before the lead time."""
    return stamp.at >= session.occupation().start - timedelta(seconds=worker.state.startup_seconds)


def _grant(uow: UnitOfWork, session: LabletSession, worker: CMLWorker, order: Order, stamp: Stamp) -> bool:
    decision = _decision(session, worker, order, stamp)
    state = session.state
    allocation = worker.allocate(
        session.id,
        state.requirements,
        state.port_requests,
        session.occupation(),
        stamp,
        content_hash=state.content_hash,
    )
    keep_decision(uow, decision)
    return session.schedule(worker.id, allocation.ports, decision.id, stamp)


def _hold(session: LabletSession, worker: CMLWorker, order: Order, stamp: Stamp) -> bool:
    """A worker that is up only after the start is a matter of judgement; one that will not be there is not."""
    row = read_model_of(worker, CMLWorkerReadModel)
    soft = RejectionReason.STATUS if worker_supply(row) is not WorkerSupply.GONE else None
    judged = _judge(session, worker, _Standard(Readiness.BY_START, soft, {"asap": True}), order, stamp)
    worker.promise(session.id, session.state.requirements, session.occupation(), stamp)
    return session.promise_moved(worker.id, order.reason, stamp, in_time=judged.best is not None)


def _decision(session: LabletSession, worker: CMLWorker, order: Order, stamp: Stamp) -> PlacementDecision:
    """Whether the image will do is a matter of judgement."""
    standard = _Standard(Readiness.NOW, RejectionReason.AMI, {"ami": AmiRequirement(name_pattern="*")})
    judged = _judge(session, worker, standard, order, stamp)
    hint = f"assigned by {stamp.by}: {order.reason}"
    assigned = WithoutRoom(outcome=PlacementOutcome.ASSIGN, worker_id=worker.id, hint=hint[:1900])
    decision = record_decision(judged, uuid4().hex, assigned)
    told = decision.summary if hint in decision.summary else f"{decision.summary}; {hint}"
    return decision.model_copy(update={"summary": told[:2000]})


@dataclass(frozen=True, slots=True)
class _Standard:
    """What a worker is judged by; *soft* is the reason that may be set aside, *relaxed* the request without it."""

    readiness: Readiness
    soft: RejectionReason | None
    relaxed: Mapping[str, Any]


def _judge(session: LabletSession, worker: CMLWorker, standard: _Standard, order: Order, stamp: Stamp) -> Evaluation:
    """The verdict on *worker*. Raises CapacityRefused unless it fits, or would but for what was set aside."""
    request = placement_request(read_model_of(session, LabletSessionReadModel))
    judged = _judged(worker, request, standard.readiness, stamp)
    if judged.best is not None:
        return judged
    is_soft = standard.soft is not None and judged.verdicts[0].reason_code == standard.soft.value
    if not (is_soft and order.override):
        raise _refused(worker, judged, can_be_overridden=is_soft)
    # Only the first reason is told: what comes behind the one that is set aside must hold all the same.
    without = _judged(worker, replace(request, **standard.relaxed), standard.readiness, stamp)
    if without.best is None:
        raise _refused(worker, without, can_be_overridden=False)
    return judged


def _judged(worker: CMLWorker, request: PlacementRequest, readiness: Readiness, stamp: Stamp) -> Evaluation:
    row = read_model_of(worker, CMLWorkerReadModel)
    fleet = FleetSnapshot(stamp.at, (worker_snapshot(row, None, at=stamp.at),))
    return PlacementEngine().evaluate(request, fleet, readiness)


def _refused(worker: CMLWorker, judged: Evaluation, *, can_be_overridden: bool) -> CapacityRefused:
    (verdict,) = judged.verdicts
    how = " (an operator may override that)" if can_be_overridden else ""
    return CapacityRefused(
        f"Worker {worker.state.name!r} cannot take the session, {verdict.reason_code}: {verdict.detail}{how}.",
        facts={
            "worker_id": worker.id,
            "reason_code": verdict.reason_code,
            "detail": verdict.detail,
            "can_be_overridden": can_be_overridden,
        },
    )
