"""RUNNING → DRAINING, and wanted STOPPED."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.drain_terms import drain_timeout
from control_plane_api.application.services.fleet_policy import drain_look_ahead
from control_plane_api.application.services.worker_wishes import keep_wish
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import DrainWorker
from lcm_core.domain.read_models import ScalingKind


@dataclass(frozen=True, slots=True)
class DrainWorkerCommand(Command[Applied]):
    worker_id: str
    request: DrainWorker


class DrainWorkerCommandHandler:
    async def handle(self, command: DrainWorkerCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation while sessions are live or imminent, unless forced.

        ``force`` is an operator's word: whoever builds the command makes sure that it comes from one.
        """
        worker = await uow.load(CMLWorker, command.worker_id)
        request, stamp = command.request, stamp_of(ctx)
        look_ahead, timeout = await drain_look_ahead(uow), await drain_timeout(uow, worker)
        changed = worker.drain(request.reason, look_ahead, stamp, force=request.force, timeout=timeout)
        if changed:
            keep_wish(uow, worker, ScalingKind.DRAIN, request.reason, ctx, stamp.at, forced=request.force)
        return applied(worker, changed)
