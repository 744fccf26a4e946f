"""An operator changes what a worker may hold."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.values import ResourceVector


@dataclass(frozen=True, slots=True)
class UpdateWorkerCapacityCommand(Command[Applied]):
    worker_id: str
    declared: ResourceVector
    reason: str


class UpdateWorkerCapacityCommandHandler:
    async def handle(self, command: UpdateWorkerCapacityCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation below what is promised already."""
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.declare_capacity(command.declared, command.reason, stamp_of(ctx)))
