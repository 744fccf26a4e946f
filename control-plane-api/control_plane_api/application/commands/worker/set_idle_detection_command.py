"""Whether a worker may be scaled down for being idle."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class SetIdleDetectionCommand(Command[Applied]):
    worker_id: str
    enabled: bool
    reason: str


class SetIdleDetectionCommandHandler:
    async def handle(self, command: SetIdleDetectionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation for a worker that is TERMINATED."""
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.set_idle_detection(command.enabled, command.reason, stamp_of(ctx)))
