"""EC2 will stop or move the host of a worker: it is drained ahead of that."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import ReportHostLeaving


@dataclass(frozen=True, slots=True)
class ReportHostLeavingCommand(Command[Applied]):
    worker_id: str
    request: ReportHostLeaving


class ReportHostLeavingCommandHandler:
    async def handle(self, command: ReportHostLeavingCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Late for a worker that is not RUNNING: then it is on its way out already."""
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.host_leaves(command.request.reason, stamp_of(ctx)), LATE)
