"""Where a worker differs from what it was declared to be, and what AWS has planned for it."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import ReportWorkerFindings


@dataclass(frozen=True, slots=True)
class ReportWorkerFindingsCommand(Command[Applied]):
    worker_id: str
    request: ReportWorkerFindings


class ReportWorkerFindingsCommandHandler:
    async def handle(self, command: ReportWorkerFindingsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound."""
        worker = await uow.load(CMLWorker, command.worker_id)
        request, stamp = command.request, stamp_of(ctx)
        changed = False
        if request.maintenance is not None:
            changed |= worker.report_maintenance(request.maintenance.at, request.maintenance.reason, stamp)
        if request.drift is not None:
            changed |= worker.report_drift(request.drift, stamp)
        return applied(worker, changed)
