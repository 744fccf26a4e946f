"""Keep labs of a definition prepared from now on."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.rows import Rows
from control_plane_api.domain.entities import WarmPool, read_model_of
from control_plane_api.domain.identities import warm_pool_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.warm_pools import CreateWarmPool
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import LabletDefinitionReadModel, WarmPoolReadModel


@dataclass(frozen=True, slots=True)
class CreateWarmPoolCommand(Command[WarmPoolReadModel]):
    request: CreateWarmPool


class CreateWarmPoolCommandHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel]) -> None:
        self._definitions = definitions

    async def handle(self, command: CreateWarmPoolCommand, uow: UnitOfWork, ctx: CommandContext) -> WarmPoolReadModel:
        """A pool that exists takes over the policy. Raises InvalidInput for a definition that nobody has heard of."""
        request, stamp = command.request, stamp_of(ctx)
        id = warm_pool_id(request.definition_name)
        pool = await uow.find(WarmPool, id)
        if pool is not None:
            pool.configure(request.policy, request.reason, stamp)
            return read_model_of(pool, WarmPoolReadModel)
        if not await self._definitions.where(name=request.definition_name):
            problem = InputProblem("/definition_name", f"there is no definition {request.definition_name!r}")
            raise InvalidInput([problem])
        pool = WarmPool.create(id, request.definition_name, request.policy, request.reason, stamp)
        uow.add(pool)
        return read_model_of(pool, WarmPoolReadModel)
