"""What came of a licence request."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import SettleLicense


@dataclass(frozen=True, slots=True)
class SettleLicenseCommand(Command[Applied]):
    worker_id: str
    request: SettleLicense


class SettleLicenseCommandHandler:
    async def handle(self, command: SettleLicenseCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        worker = await uow.load(CMLWorker, command.worker_id)
        request = command.request
        changed = worker.settle_license(
            request.requested_at, request.done, request.detail, request.license, stamp_of(ctx)
        )
        return applied(worker, changed, LATE)
