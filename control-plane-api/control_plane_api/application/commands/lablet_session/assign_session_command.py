"""An operator puts a session that has not begun on a worker of their choice, by the rule that places everybody."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.placing_by_hand import Order, is_due, put_on, vacate
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.recovery import AssignSession
from lcm_core.domain.enums import LabletSessionStatus


@dataclass(frozen=True, slots=True)
class AssignSessionCommand(Command[Applied]):
    session_id: str
    request: AssignSession


class AssignSessionCommandHandler:
    async def handle(self, command: AssignSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """No change when it is there already.

        Raises IllegalTransition once the learner has begun, CapacityRefused with the facts when the worker cannot.
        """
        stamp, request = stamp_of(ctx), command.request
        session = await uow.load(LabletSession, command.session_id)
        session.require_movable()
        worker = await uow.load(CMLWorker, request.worker_id)
        if _is_there(session, worker, stamp):
            return applied(session, False)
        await vacate(uow, session, request.reason, stamp)
        return applied(session, await put_on(uow, session, worker, Order(request.reason, request.override), stamp))


def _is_there(session: LabletSession, worker: CMLWorker, stamp: Stamp) -> bool:
    if session.holder != worker.id:
        return False
    waits = session.state.status is LabletSessionStatus.PENDING
    return not (waits and worker.placeable and is_due(session, worker, stamp))
