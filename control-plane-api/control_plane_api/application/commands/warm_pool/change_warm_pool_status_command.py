"""An operator pauses, drains or resumes a pool."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.domain.entities import WarmPool, read_model_of
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.read_models import WarmPoolReadModel
from lcm_core.domain.warm_pool import WarmPoolStatus


@dataclass(frozen=True, slots=True)
class ChangeWarmPoolStatusCommand(Command[WarmPoolReadModel]):
    pool_id: str
    status: WarmPoolStatus
    reason: str


class ChangeWarmPoolStatusCommandHandler:
    async def handle(
        self, command: ChangeWarmPoolStatusCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> WarmPoolReadModel:
        """Raises NotFound."""
        pool = await uow.load(WarmPool, command.pool_id)
        pool.change_status(command.status, command.reason, stamp_of(ctx))
        return read_model_of(pool, WarmPoolReadModel)
