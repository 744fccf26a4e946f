"""Another policy for a pool."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.domain.entities import WarmPool, read_model_of
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.warm_pools import ChangeWarmPool
from lcm_core.domain.read_models import WarmPoolReadModel


@dataclass(frozen=True, slots=True)
class ChangeWarmPoolCommand(Command[WarmPoolReadModel]):
    pool_id: str
    request: ChangeWarmPool


class ChangeWarmPoolCommandHandler:
    async def handle(self, command: ChangeWarmPoolCommand, uow: UnitOfWork, ctx: CommandContext) -> WarmPoolReadModel:
        """Raises NotFound."""
        pool = await uow.load(WarmPool, command.pool_id)
        pool.configure(command.request.policy, command.request.reason, stamp_of(ctx))
        return read_model_of(pool, WarmPoolReadModel)
