"""Whether CML on the host answers, and its licence; recorded when something changed."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import ReportWorkerHealth


@dataclass(frozen=True, slots=True)
class ReportWorkerHealthCommand(Command[Applied]):
    worker_id: str
    request: ReportWorkerHealth


class ReportWorkerHealthCommandHandler:
    async def handle(self, command: ReportWorkerHealthCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        worker = await uow.load(CMLWorker, command.worker_id)
        request = command.request
        changed = worker.report_health(request.service_status, request.license, request.reason, stamp_of(ctx))
        return applied(worker, changed)
