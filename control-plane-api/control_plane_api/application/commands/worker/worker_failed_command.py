"""→ FAILED: it could not be launched, or did not come up in time."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import WorkerFailed


@dataclass(frozen=True, slots=True)
class WorkerFailedCommand(Command[Applied]):
    worker_id: str
    request: WorkerFailed


class WorkerFailedCommandHandler:
    async def handle(self, command: WorkerFailedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.failed(command.request.reason, stamp_of(ctx), command.request.evidence))
