"""EC2 will stop or move the host of a worker: it is drained ahead of that."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.scaling_records import note_disruption
from control_plane_api.application.services.worker_wishes import keep_wish
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import ReportHostLeaving
from lcm_core.domain.fleet_care import Disruption, DisruptionReason
from lcm_core.domain.read_models import ScalingKind


@dataclass(frozen=True, slots=True)
class ReportHostLeavingCommand(Command[Applied]):
    worker_id: str
    request: ReportHostLeaving


class ReportHostLeavingCommandHandler:
    async def handle(self, command: ReportHostLeavingCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Late for a worker that is not RUNNING: then it is on its way out already."""
        worker = await uow.load(CMLWorker, command.worker_id)
        stamp = stamp_of(ctx)
        changed = worker.host_leaves(command.request.reason, stamp)
        if changed:
            went = Disruption(worker_id=worker.id, reason=DisruptionReason.MAINTENANCE, at=stamp.at)
            note_disruption(uow, went)
            keep_wish(uow, worker, ScalingKind.DRAIN, command.request.reason, ctx, stamp.at, disruption="maintenance")
        return applied(worker, changed, LATE)
