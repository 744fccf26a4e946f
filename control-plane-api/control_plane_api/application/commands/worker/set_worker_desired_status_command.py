"""What the worker-controller is to bring about."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.fleet_policy import drain_look_ahead
from control_plane_api.application.services.worker_wishes import keep_wish
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import SetDesiredStatus
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.read_models import ScalingKind

_KINDS = {
    WorkerDesiredStatus.RUNNING: ScalingKind.START,
    WorkerDesiredStatus.STOPPED: ScalingKind.STOP,
    WorkerDesiredStatus.TERMINATED: ScalingKind.TERMINATE,
}


@dataclass(frozen=True, slots=True)
class SetWorkerDesiredStatusCommand(Command[Applied]):
    worker_id: str
    request: SetDesiredStatus


class SetWorkerDesiredStatusCommandHandler:
    async def handle(self, command: SetWorkerDesiredStatusCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation when that would take live or imminent sessions down, unless forced by an operator."""
        worker = await uow.load(CMLWorker, command.worker_id)
        request, stamp = command.request, stamp_of(ctx)
        look_ahead = await drain_look_ahead(uow)
        changed = worker.set_desired_status(
            request.desired_status, request.reason, look_ahead, stamp, force=request.force
        )
        if changed:
            kind = _KINDS[request.desired_status]
            keep_wish(uow, worker, kind, request.reason, ctx, stamp.at, forced=request.force)
        return applied(worker, changed)
