"""What a worker on its way up waits for."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import ReportProvisioning


@dataclass(frozen=True, slots=True)
class ReportProvisioningCommand(Command[Applied]):
    worker_id: str
    request: ReportProvisioning


class ReportProvisioningCommandHandler:
    async def handle(self, command: ReportProvisioningCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.progressed(command.request.step, command.request.waiting_for, stamp_of(ctx)))
