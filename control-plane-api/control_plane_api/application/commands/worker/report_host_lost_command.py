"""Nothing on the host of a worker can be reached any more, or EC2 has announced that it takes it back."""

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
from lcm_core.contracts.workers import ReportHostLost
from lcm_core.domain.enums import HostLossCause
from lcm_core.domain.fleet_care import Disruption, DisruptionReason
from lcm_core.domain.read_models import ScalingKind


@dataclass(frozen=True, slots=True)
class ReportHostLostCommand(Command[Applied]):
    worker_id: str
    request: ReportHostLost


class ReportHostLostCommandHandler:
    async def handle(self, command: ReportHostLostCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Late for a worker that does not serve. What it means for each session is decided session by session."""
        stamp, request = stamp_of(ctx), command.request
        worker = await uow.load(CMLWorker, command.worker_id)
        changed = worker.lose_host(request.cause, request.reason, request.silent_since, stamp)
        drains = False
        if changed and request.cause is HostLossCause.SPOT_RECLAIM:
            drains = worker.host_leaves(request.reason, stamp, disruption=DisruptionReason.SPOT)
        if drains:
            note_disruption(uow, Disruption(worker_id=worker.id, reason=DisruptionReason.SPOT, at=stamp.at))
            keep_wish(uow, worker, ScalingKind.DRAIN, request.reason, ctx, stamp.at, disruption="spot")
        return applied(worker, changed, LATE)
