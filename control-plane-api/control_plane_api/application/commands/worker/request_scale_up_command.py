"""One more worker from a template, in answer to a demand; the same demand is never answered twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.fleet_growth import FleetGrowth, template_named
from control_plane_api.application.services.scaling_records import ScalingRecords, keep_scaling
from control_plane_api.domain.entities.cml_worker_host import WORKER_STATUSES_WITHOUT_HOST
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.workers import RequestScaleUp, ScaleUpAnswer
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import CMLWorkerReadModel, ScaleUpDemand, ScalingFinding, ScalingKind


@dataclass(frozen=True, slots=True)
class RequestScaleUpCommand(Command[ScaleUpAnswer]):
    request: RequestScaleUp


class RequestScaleUpCommandHandler:
    """A refusal is kept, too: beside the log, since nothing is committed then."""

    def __init__(self, growth: FleetGrowth, records: ScalingRecords) -> None:
        self._growth = growth
        self._records = records

    async def handle(self, command: RequestScaleUpCommand, uow: UnitOfWork, ctx: CommandContext) -> ScaleUpAnswer:
        """Raises RuleViolation for an unknown or disabled template, or when the region is full."""
        demand, stamp = command.request.demand, stamp_of(ctx)
        template = await template_named(uow, command.request.template_name)
        fleet = await self._growth.counted(uow, template.state.region)
        answering = _already_answering(fleet.workers, demand)
        if answering is not None:
            return ScaleUpAnswer(worker_id=answering.id, created=False)
        finding = _finding(command.request, template.state.region, len(fleet.workers), stamp.at)
        try:
            worker = await self._growth.add(uow, template, fleet, demand, stamp)
        except RuleViolation as refused:
            why = {"taken": False, "decided_by": refused.code, "summary": refused.message[:2000]}
            await self._records.record([finding.model_copy(update=why)], ctx.actor)
            raise
        facts = {"subject": worker.id, "worker_id": worker.id, "worker_name": worker.state.name}
        keep_scaling(uow, finding.model_copy(update=facts), ctx.actor)
        return ScaleUpAnswer(worker_id=worker.id, created=True)


def _finding(request: RequestScaleUp, region: str, workers: int, at: datetime) -> ScalingFinding:
    demand = request.demand
    return ScalingFinding(
        kind=ScalingKind.SCALE_UP,
        subject=f"{region}/{request.template_name}",
        at=at,
        taken=True,
        summary=demand.reason[:2000] or "one more worker",
        inputs={
            "demand": demand.key,
            "sessions": len(demand.session_ids),
            "first_sessions": ", ".join(demand.session_ids[:10]),
            "workers_in_region": workers,
        },
        region=region,
        template_name=request.template_name,
    )


def _already_answering(fleet: Sequence[CMLWorkerReadModel], demand: ScaleUpDemand) -> CMLWorkerReadModel | None:
    """One that answers this very demand, or is on its way on behalf of all the same sessions."""
    wanted = set(demand.session_ids)
    for worker in fleet:
        if (
            worker.demand is not None
            and worker.demand.key == demand.key
            and worker.status not in WORKER_STATUSES_WITHOUT_HOST
        ):
            return worker
        if wanted and worker.on_the_way and worker.demand is not None and wanted <= set(worker.demand.session_ids):
            return worker
    return None
