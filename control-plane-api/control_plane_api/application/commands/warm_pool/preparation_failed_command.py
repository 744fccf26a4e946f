"""A lab could not be prepared: it is given up, and counts against the failure budget of its pool, in one commit."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import CMLWorker, WarmPool
from control_plane_api.domain.identities import warm_pool_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.warm_pools import PreparationFailed
from lcm_core.domain.warm_pool import PoolFailure


@dataclass(frozen=True, slots=True)
class PreparationFailedCommand(Command[Applied]):
    request: PreparationFailed


class PreparationFailedCommandHandler:
    async def handle(self, command: PreparationFailedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound. A lab that was given up for another reason meanwhile is nobody's failure."""
        request, stamp = command.request, stamp_of(ctx)
        worker = await uow.load(CMLWorker, request.worker_id)
        lab = worker.prepared_lab(request.prepared_lab_id)
        if lab is None or not worker.discard_prepared([lab.id], request.reason, stamp):
            return applied(worker, False)
        pool = await uow.load(WarmPool, warm_pool_id(lab.definition_name))
        failure = PoolFailure(
            at=stamp.at,
            worker_id=worker.id,
            prepared_lab_id=lab.id,
            definition_version=lab.definition_version,
            reason=request.reason,
        )
        pool.preparation_failed(failure, stamp)
        return applied(worker, True)
