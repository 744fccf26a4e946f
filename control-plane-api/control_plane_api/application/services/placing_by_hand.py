"""Moving a session that has not begun at an operator's word: what it had and what it gets, in one commit.

A worker that serves, and whose time to begin has come, is granted at once; else it holds the room, and the scheduler
places the session there when its time comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from control_plane_api.application.services.placement_records import keep_decision
from control_plane_api.application.services.room import give_back, require_licence
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
from lcm_core.placement.engine import Evaluation, PlacementEngine, record_decision
from lcm_core.placement.filters import Readiness, RejectionReason
from lcm_core.placement.fleet import FleetSnapshot, WorkerSupply
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
    require_licence(session.state.license_affinity, worker, session.id)
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
    row = read_model_of(worker, CMLWorkerReadModel)
    judged = _judged(session, row, Readiness.BY_START, stamp)
    too_late = RejectionReason.STATUS if worker_supply(row) is not WorkerSupply.GONE else None
    refused = _refusal(judged, worker, order, {too_late})
    if refused is not None:
        raise refused
    worker.promise(session.id, session.state.requirements, session.occupation(), stamp)
    return session.promise_moved(worker.id, order.reason, stamp, in_time=judged.best is not None)


def _decision(session: LabletSession, worker: CMLWorker, order: Order, stamp: Stamp) -> PlacementDecision:
    judged = _judged(session, read_model_of(worker, CMLWorkerReadModel), Readiness.NOW, stamp)
    refused = _refusal(judged, worker, order, {RejectionReason.AMI})
    if refused is not None:
        raise refused
    hint = f"assigned by {stamp.by}: {order.reason}"
    assigned = WithoutRoom(outcome=PlacementOutcome.ASSIGN, worker_id=worker.id, hint=hint[:1900])
    decision = record_decision(judged, uuid4().hex, assigned)
    told = decision.summary if hint in decision.summary else f"{decision.summary}; {hint}"
    return decision.model_copy(update={"summary": told[:2000]})


def _judged(session: LabletSession, worker: CMLWorkerReadModel, readiness: Readiness, stamp: Stamp) -> Evaluation:
    request = placement_request(read_model_of(session, LabletSessionReadModel))
    fleet = FleetSnapshot(stamp.at, (worker_snapshot(worker, None, at=stamp.at),))
    return PlacementEngine().evaluate(request, fleet, readiness)


def _refusal(
    judged: Evaluation, worker: CMLWorker, order: Order, soft: set[RejectionReason | None]
) -> CapacityRefused | None:
    """Why not; None when it fits, or when only judgement speaks against it and that was set aside."""
    if judged.best is not None:
        return None
    (verdict,) = judged.verdicts
    can_be_overridden = verdict.reason_code in {reason.value for reason in soft if reason is not None}
    if can_be_overridden and order.override:
        return None
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
