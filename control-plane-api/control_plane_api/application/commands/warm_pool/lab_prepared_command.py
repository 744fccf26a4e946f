"""A prepared lab is imported and stopped: a session may take it."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.warm_pools import LabPrepared


@dataclass(frozen=True, slots=True)
class LabPreparedCommand(Command[Applied]):
    request: LabPrepared


class LabPreparedCommandHandler:
    async def handle(self, command: LabPreparedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound, and RuleViolation when the lab was given up meanwhile."""
        request, stamp = command.request, stamp_of(ctx)
        worker = await uow.load(CMLWorker, request.worker_id)
        changed = worker.lab_prepared(request.prepared_lab_id, request.cml_lab_id, request.prepare_seconds, stamp)
        return applied(worker, changed)
