"""What becomes of a session when its host is lost: placed elsewhere, held for the host, or ended, always with a reason.

SCHEDULED, INSTANTIATING, READY   nobody has begun: its room moves to another worker with the same commit
RUNNING, COLLECTING               the learner's work is on the host: held, or ended, as the terms of the booking say
otherwise                         nothing on the host is needed any more, or only the proof that it is gone
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.application.services.promises import Promises
from control_plane_api.application.services.session_flow import begin_collection, end_session, take_off_worker
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.entities.lablet_session_by_hand import NOT_BEGUN
from control_plane_api.domain.entities.lablet_session_recovery import NEEDS_ITS_LAB
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import HostLossAction, HostLossCause, LabFinding, LabletSessionStatus, SessionOutcome
from lcm_core.domain.values import HostLossTerms

_S = LabletSessionStatus
HOST_LOST, LAB_LOST = "host lost", "lab lost"
"""How the reason of every change begins that a loss has brought about; they are counted by it."""
_PLACED_AND_NOT_BEGUN = NOT_BEGUN - {_S.PENDING}


@dataclass(frozen=True, slots=True)
class Loss:
    """*for_good*: neither the host nor the lab will ever be back. *reachable_till_then*: EC2 has only announced it.
    *only_the_lab*: the host is well."""

    since: datetime
    reason: str
    for_good: bool
    reachable_till_then: bool = False
    only_the_lab: bool = False


def loss_of(worker: CMLWorker, lab: LabFinding | None, told: str, stamp: Stamp) -> Loss | None:
    """What is lost to a session on *worker*; None when the host is there and nobody says that the lab is not."""
    name, loss = worker.state.name, worker.state.host_loss
    if worker.is_gone:
        since = loss.silent_since if loss is not None else worker.state.status_changed_at
        why = loss.reason if loss is not None else worker.state.failure
        return Loss(since, f"{HOST_LOST}: worker {name} is {worker.state.status.value}{_because(why)}", for_good=True)
    if loss is not None:
        reclaimed = loss.cause is HostLossCause.SPOT_RECLAIM
        return Loss(
            loss.silent_since,
            f"{HOST_LOST}: worker {name}{_because(loss.reason)}",
            reclaimed,
            reachable_till_then=reclaimed,
        )
    if lab is None:
        return None
    missing = lab is LabFinding.MISSING
    return Loss(
        stamp.at,
        f"{LAB_LOST}: worker {name} answers, the lab is {lab.value}{_because(told)}",
        for_good=missing,
        only_the_lab=True,
    )


async def terms_for(uow: UnitOfWork, session: LabletSession) -> HostLossTerms:
    """Of its definition, or of the system where that says nothing."""
    return session.state.host_loss or (await fleet_policy(uow)).host_loss


async def meet_loss(
    uow: UnitOfWork, session: LabletSession, worker: CMLWorker, loss: Loss, promises: Promises, stamp: Stamp
) -> bool:
    """Whether anything changed; may be repeated."""
    if session.state.status in _PLACED_AND_NOT_BEGUN:
        return await _place_elsewhere(uow, session, worker, loss, promises, stamp)
    if session.state.status in NEEDS_ITS_LAB:
        return await _hold_or_end(uow, session, worker, loss, stamp)
    return False


async def _place_elsewhere(
    uow: UnitOfWork, session: LabletSession, worker: CMLWorker, loss: Loss, promises: Promises, stamp: Stamp
) -> bool:
    """The room of who has not begun is held by another worker with this very commit, if anybody has it."""
    why = f"to be placed again: {loss.reason}"[:2000]
    if not await take_off_worker(uow, session, why, stamp, keep_room=False, lab_is_lost=loss.only_the_lab):
        return False
    await promises.renew(uow, session, loss.reason[:2000], stamp, exclude=(worker.id,), late=True)
    return True


async def _hold_or_end(uow: UnitOfWork, session: LabletSession, worker: CMLWorker, loss: Loss, stamp: Stamp) -> bool:
    terms = await terms_for(uow, session)
    running = session.state.status is _S.RUNNING
    if loss.reachable_till_then:
        # what the learner has done by now is read while the host still stands
        return running and session.state.grading_enabled and await begin_collection(uow, session, loss.reason, stamp)
    if loss.for_good or terms.action is HostLossAction.END:
        return await end_session(uow, session, SessionOutcome.FAILED, loss.reason[:2000], stamp)
    deadline = stamp.at + timedelta(seconds=terms.hold_seconds)
    if not session.hold_for_recovery(worker.id, deadline, loss.reason[:2000], stamp):
        return False
    worker.host_awaited(session.id, deadline, stamp)
    return True


def _because(why: str) -> str:
    return f": {why}" if why else ""
