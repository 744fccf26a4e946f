"""DRAINING → RUNNING, and wanted RUNNING again."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.worker_wishes import keep_wish
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.read_models import ScalingKind


@dataclass(frozen=True, slots=True)
class CancelDrainCommand(Command[Applied]):
    worker_id: str
    reason: str = "drain cancelled"


class CancelDrainCommandHandler:
    async def handle(self, command: CancelDrainCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        worker = await uow.load(CMLWorker, command.worker_id)
        stamp = stamp_of(ctx)
        changed = worker.cancel_drain(stamp, command.reason)
        if changed:
            keep_wish(uow, worker, ScalingKind.CANCEL_DRAIN, command.reason, ctx, stamp.at)
        return applied(worker, changed)
