"""Launches of a worker's instance, before EC2 is asked and after it said no: none goes unrecorded."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import RecordLaunchAttempts


@dataclass(frozen=True, slots=True)
class RecordLaunchAttemptsCommand(Command[Applied]):
    worker_id: str
    request: RecordLaunchAttempts


class RecordLaunchAttemptsCommandHandler:
    async def handle(self, command: RecordLaunchAttemptsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation for a launch that is begun while another one's outcome is unknown."""
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.record_launches(command.request.attempts, stamp_of(ctx)))
