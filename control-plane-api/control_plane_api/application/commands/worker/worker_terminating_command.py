"""→ TERMINATING: the EC2 instance was seen shutting down."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import WorkerStatusReport


@dataclass(frozen=True, slots=True)
class WorkerTerminatingCommand(Command[Applied]):
    worker_id: str
    request: WorkerStatusReport


class WorkerTerminatingCommandHandler:
    async def handle(self, command: WorkerTerminatingCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.terminating(command.request.reason, stamp_of(ctx)))
