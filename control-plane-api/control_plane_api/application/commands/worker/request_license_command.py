"""An operator wants a worker's licence registered, exchanged or given back."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.fleet_policy import drain_look_ahead
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import RequestLicense


@dataclass(frozen=True, slots=True)
class RequestLicenseCommand(Command[Applied]):
    worker_id: str
    request: RequestLicense


class RequestLicenseCommandHandler:
    async def handle(self, command: RequestLicenseCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation when sessions would lose their licence, or while another request is carried out."""
        worker = await uow.load(CMLWorker, command.worker_id)
        request = command.request
        changed = worker.request_license(
            request.action,
            request.type,
            request.reason,
            await drain_look_ahead(uow),
            stamp_of(ctx),
            force=request.force,
        )
        return applied(worker, changed)
