"""The host of a session is lost, or its lab is: placed elsewhere, held for recovery, or ended, as its terms say."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.host_loss import loss_of, meet_loss
from control_plane_api.application.services.promises import Promises
from control_plane_api.domain.entities import CMLWorker, LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import SessionHostLost


@dataclass(frozen=True, slots=True)
class HandleHostLostCommand(Command[Applied]):
    session_id: str
    request: SessionHostLost


class HandleHostLostCommandHandler:
    def __init__(self, promises: Promises) -> None:
        self._promises = promises

    async def handle(self, command: HandleHostLostCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Late when the session has left the worker, or the worker is well by now."""
        stamp, request = stamp_of(ctx), command.request
        session = await uow.load(LabletSession, command.session_id)
        if session.state.worker_id != request.worker_id:
            return applied(session, False, LATE)
        worker = await uow.load(CMLWorker, request.worker_id)
        loss = loss_of(worker, request.lab, request.reason, stamp)
        if loss is None:
            return applied(session, False, LATE)
        return applied(session, await meet_loss(uow, session, worker, loss, self._promises, stamp))
