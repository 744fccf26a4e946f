"""Which promises may move to make room for a booking, and their moving in the transaction of that booking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from control_plane_api.application.services.room import require_licence, require_virtualization
from control_plane_api.domain.entities import CMLWorker, LabletSession, read_model_of
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import CapacityRefused
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSupply
from lcm_core.placement.snapshots import placement_request

_MOST_CONSIDERED = 400
"""Sessions read for one admission; more of them at one time would not be moved about before a worker is opened."""
_SETTLED = timedelta(minutes=10)
"""Who begins so soon stays where everything is being made ready."""


def ids_beside(requests: Sequence[PlacementRequest], fleet: FleetSnapshot) -> list[str]:
    """Sessions to whom room is promised at a time at which one of *requests* wants some; those themselves not."""
    own = {each.session_id for each in requests}
    intervals = {(each.interval.start, each.interval.end) for each in requests}
    found: dict[str, None] = {}
    for worker in fleet.workers:
        if worker.supply is WorkerSupply.GONE:
            continue
        for held in worker.allocations:
            if held.granted or held.session_id in own:
                continue
            if any(held.meets(start, end, fleet.at) for start, end in intervals):
                found[held.session_id] = None
    return list(found)[:_MOST_CONSIDERED]


async def promised_beside(
    uow: UnitOfWork, requests: Sequence[PlacementRequest], fleet: FleetSnapshot
) -> list[PlacementRequest]:
    """What those sessions need, as they are now."""
    ids = ids_beside(requests, fleet)
    sessions = await uow.find_many(LabletSession, ids) if ids else []
    return may_move((read_model_of(each, LabletSessionReadModel) for each in sessions), fleet.at)


def may_move(sessions: Iterable[LabletSessionReadModel], now: datetime) -> list[PlacementRequest]:
    """What those of *sessions* need that may be moved about."""
    return [
        placement_request(each)
        for each in sessions
        if each.status is LabletSessionStatus.PENDING
        and not each.terminate_requested
        and each.occupation().start > now + _SETTLED
    ]


@dataclass(frozen=True, slots=True)
class Moving:
    """The promise to *session*, from one worker to another; None for what is no longer there."""

    session: LabletSession | None
    source: CMLWorker | None
    target: CMLWorker | None
    why: str


def move_promises(movings: Sequence[Moving], stamp: Stamp) -> int | None:
    """Every source lets go before any target takes, so that promises may change places within one transaction.

    Returns the place of the first that cannot be moved (any more). What was changed by then must not be kept.
    """
    given_up = [_given_up(each, stamp) for each in movings]
    for place, (moving, let_go) in enumerate(zip(movings, given_up, strict=True)):
        if not let_go or not _taken(moving, stamp):
            return place
    return None


def _given_up(moving: Moving, stamp: Stamp) -> bool:
    session, source = moving.session, moving.source
    if session is None or source is None:
        return False
    held, state = source.allocation_of(session.id), session.state
    waits = state.status is LabletSessionStatus.PENDING and not state.terminate_requested
    if held is None or held.granted or not waits or state.promised_worker_id != source.id:
        return False
    return source.release(session.id, moving.why, stamp)


def _taken(moving: Moving, stamp: Stamp) -> bool:
    session, target = moving.session, moving.target
    if session is None or target is None:
        return False
    try:
        require_licence(session.state.license_affinity, target, session.id)
        require_virtualization(session.state.nested_virtualization, target, session.id)
        target.promise(session.id, session.state.requirements, session.occupation(), stamp)
    except CapacityRefused:
        return False
    return session.promise_moved(target.id, moving.why, stamp)
