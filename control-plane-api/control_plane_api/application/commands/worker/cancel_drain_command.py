"""DRAINING → RUNNING, and wanted RUNNING again."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class CancelDrainCommand(Command[Applied]):
    worker_id: str
    reason: str = "drain cancelled"


class CancelDrainCommandHandler:
    async def handle(self, command: CancelDrainCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        worker = await uow.load(CMLWorker, command.worker_id)
        return applied(worker, worker.cancel_drain(stamp_of(ctx), command.reason))
