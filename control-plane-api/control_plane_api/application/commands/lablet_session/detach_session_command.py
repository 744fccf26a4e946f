"""An operator takes a session off a worker whose host is dead, without waiting for it any longer."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.host_loss import Loss, loss_of, meet_loss
from control_plane_api.application.services.promises import Promises
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.entities.lablet_session_by_hand import NOT_BEGUN
from control_plane_api.domain.entities.lablet_session_recovery import NEEDS_ITS_LAB
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.recovery import DetachSession
from lcm_core.domain.enums import HostLossCause, LabletSessionStatus
from lcm_core.domain.errors import RuleViolation

_S = LabletSessionStatus
_DETACHABLE = (NOT_BEGUN - {_S.PENDING}) | NEEDS_ITS_LAB


@dataclass(frozen=True, slots=True)
class DetachSessionCommand(Command[Applied]):
    session_id: str
    request: DetachSession


class DetachSessionCommandHandler:
    def __init__(self, promises: Promises) -> None:
        self._promises = promises

    async def handle(self, command: DetachSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Who has not begun is placed elsewhere with this commit; whose work was on the host ends, and says why.

        Raises RuleViolation while the host is not known to be dead and nobody declares it so, and in a status in which
        nothing on the host is needed any more.
        """
        stamp, request = stamp_of(ctx), command.request
        session = await uow.load(LabletSession, command.session_id)
        worker_id = session.state.worker_id
        if request.worker_id is not None and request.worker_id != worker_id:
            return applied(session, False, LATE)
        if worker_id is None or session.state.status not in _DETACHABLE:
            raise _nothing_there(session)
        worker = await uow.load(CMLWorker, worker_id)
        loss = _dead(worker, request, stamp)
        return applied(session, await meet_loss(uow, session, worker, loss, self._promises, stamp))


def _dead(worker: CMLWorker, request: DetachSession, stamp: Stamp) -> Loss:
    """The loss, for good: nobody waits for this host any more."""
    if not (worker.is_gone or worker.host_is_lost) and request.declare_dead:
        worker.lose_host(HostLossCause.DECLARED_DEAD, request.reason, stamp.at, stamp)
    known = loss_of(worker, None, request.reason, stamp)
    if known is None:
        state = worker.state
        raise RuleViolation(
            f"Worker {state.name!r} is {state.status.value} and CML on it is {state.service_status.value}: its host is "
            "not known to be dead. Say declare_dead if you know that it is; it takes no session then before it answers "
            "and is cleared.",
            code="host-not-dead",
            facts={
                "worker_id": worker.id,
                "status": state.status.value,
                "service_status": state.service_status.value,
            },
        )
    told = f"{known.reason}; detached by {stamp.by}: {request.reason}"
    return Loss(since=known.since, reason=told[:2000], for_good=True)


def _nothing_there(session: LabletSession) -> RuleViolation:
    needed = [status.value for status in _S if status in _DETACHABLE]
    status = session.state.status
    what = "terminate its worker by force: a terminated instance is the proof" if status is _S.STOPPING else "wait"
    return RuleViolation(
        f"Session {session.id!r} is {status.value}. It can be detached while it is {', '.join(needed)}; {what}.",
        code="other-status",
        facts={"status": status.value, "needed": list(needed)},
    )
