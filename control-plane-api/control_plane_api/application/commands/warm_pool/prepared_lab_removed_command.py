"""A prepared lab that was given up is proven gone from its host."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.warm_pools import PreparedLabRemoved


@dataclass(frozen=True, slots=True)
class PreparedLabRemovedCommand(Command[Applied]):
    request: PreparedLabRemoved


class PreparedLabRemovedCommandHandler:
    async def handle(self, command: PreparedLabRemovedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound."""
        request, stamp = command.request, stamp_of(ctx)
        worker = await uow.load(CMLWorker, request.worker_id)
        return applied(worker, worker.prepared_removed(request.prepared_lab_id, request.proof, stamp))
