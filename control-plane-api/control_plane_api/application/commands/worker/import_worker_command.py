"""An operator wants an instance that exists to serve as a worker."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.fleet_growth import FleetGrowth, template_named
from control_plane_api.application.services.scaling_records import STRAY_DECISIONS, keep_scaling
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.workers import ImportWorker, ScaleUpAnswer
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import ScalingFinding, ScalingKind, StrayVerdict


@dataclass(frozen=True, slots=True)
class ImportWorkerCommand(Command[ScaleUpAnswer]):
    request: ImportWorker


class ImportWorkerCommandHandler:
    """Only the wish is recorded: whether EC2 has that instance, and it fits, the worker-controller finds out."""

    def __init__(self, growth: FleetGrowth) -> None:
        self._growth = growth

    async def handle(self, command: ImportWorkerCommand, uow: UnitOfWork, ctx: CommandContext) -> ScaleUpAnswer:
        """Raises RuleViolation when a worker stands for the instance already, somebody has decided that it is to be
        terminated, or the template does not fit."""
        request, stamp = command.request, stamp_of(ctx)
        template = await template_named(uow, request.template_name)
        if template.state.region != request.region:
            raise RuleViolation(
                f"Template {request.template_name!r} is for {template.state.region}, the instance is in "
                f"{request.region}.",
                code="template-elsewhere",
                facts={"template_region": template.state.region, "region": request.region},
            )
        fleet = await self._growth.counted(uow, request.region)
        for known in fleet.workers:
            if request.ec2_instance_id in (known.ec2_instance_id, known.import_of):
                raise RuleViolation(
                    f"Worker {known.name!r} ({known.status.value}) stands for {request.ec2_instance_id} already.",
                    code="instance-on-record",
                    facts={"worker_id": known.id, "ec2_instance_id": request.ec2_instance_id},
                )
        await _require_not_doomed(uow, request.ec2_instance_id)
        worker = await self._growth.add(uow, template, fleet, None, stamp)
        worker.wish_import(request.ec2_instance_id, request.reason, stamp)
        keep_scaling(
            uow,
            ScalingFinding(
                kind=ScalingKind.IMPORT,
                subject=request.ec2_instance_id,
                at=stamp.at,
                taken=True,
                summary=request.reason,
                inputs={"workers_in_region": len(fleet.workers)},
                worker_id=worker.id,
                worker_name=worker.state.name,
                region=request.region,
                template_name=request.template_name,
                ec2_instance_id=request.ec2_instance_id,
            ),
            ctx.actor,
        )
        return ScaleUpAnswer(worker_id=worker.id, created=True)


async def _require_not_doomed(uow: UnitOfWork, ec2_instance_id: str) -> None:
    document = (await uow.documents(STRAY_DECISIONS, [ec2_instance_id])).get(ec2_instance_id, {})
    decision = document.get("decision")
    if decision is not None and decision["verdict"] == StrayVerdict.TERMINATE:
        raise RuleViolation(
            f"{decision['by']} wants {ec2_instance_id} terminated: {decision['reason']}. Take that back first.",
            code="instance-to-be-terminated",
            facts={"ec2_instance_id": ec2_instance_id, "by": decision["by"]},
        )
