"""Labs on a worker's host that are not ours: their ports are granted to nobody, and who waits on one gets others."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.other_ports import give_other_ports
from control_plane_api.domain.entities import CMLWorker, LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import ReportForeignLabs
from lcm_core.domain.enums import LabletSessionStatus


@dataclass(frozen=True, slots=True)
class ReportForeignLabsCommand(Command[Applied]):
    worker_id: str
    request: ReportForeignLabs


class ReportForeignLabsCommandHandler:
    async def handle(self, command: ReportForeignLabsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Only sessions that have not begun are changed: whoever instantiates one asks for itself, at its import.

        One for which there are no others keeps what it has until then; the lab may be gone by that time.
        """
        worker = await uow.load(CMLWorker, command.worker_id)
        stamp = stamp_of(ctx)
        changed = worker.report_foreign_labs(command.request.labs, stamp)
        on_them = worker.sessions_on_foreign_ports() if changed else ()
        for session in await uow.load_many(LabletSession, on_them):
            waits = session.state.status is LabletSessionStatus.SCHEDULED
            if waits and worker.other_ports_for(session.id, stamp) is not None:
                give_other_ports(uow, session, worker, stamp)
        return applied(worker, changed)
