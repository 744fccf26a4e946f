"""An instance that exists becomes a worker: one that was to be imported, or a new one."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.fleet_growth import FleetGrowth, template_named
from control_plane_api.application.services.scaling_records import keep_scaling
from control_plane_api.domain.entities import CMLWorker
from control_plane_api.domain.entities.cml_worker_care import FoundInstance
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.workers import AdoptWorker, ScaleUpAnswer
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import ScalingFinding, ScalingKind


@dataclass(frozen=True, slots=True)
class AdoptWorkerCommand(Command[ScaleUpAnswer]):
    request: AdoptWorker


class AdoptWorkerCommandHandler:
    """An instance has one worker: who adopts it a second time gets the first one's."""

    def __init__(self, growth: FleetGrowth) -> None:
        self._growth = growth

    async def handle(self, command: AdoptWorkerCommand, uow: UnitOfWork, ctx: CommandContext) -> ScaleUpAnswer:
        """Raises RuleViolation for a worker that has another instance, or a template that does not fit."""
        request, stamp = command.request, stamp_of(ctx)
        fleet = await self._growth.counted(uow, request.region)
        has_it = next((each for each in fleet.workers if each.ec2_instance_id == request.ec2_instance_id), None)
        if has_it is not None:
            return ScaleUpAnswer(worker_id=has_it.id, created=False)
        if request.worker_id is not None:
            worker = await self._imported(uow, request.worker_id)
        else:
            template = await template_named(uow, request.template_name)
            if template.state.region != request.region:
                raise RuleViolation(
                    f"Template {request.template_name!r} is for {template.state.region}, the instance is in "
                    f"{request.region}.",
                    code="template-elsewhere",
                    facts={"template_region": template.state.region, "region": request.region},
                )
            worker = await self._growth.add(uow, template, fleet, None, stamp, planned=request.stopped)
        worker.adopt(_found(request), request.reason, stamp)
        keep_scaling(uow, _finding(request, worker, ctx), ctx.actor)
        return ScaleUpAnswer(worker_id=worker.id, created=True)

    @staticmethod
    async def _imported(uow: UnitOfWork, worker_id: str) -> CMLWorker:
        worker = await uow.load(CMLWorker, worker_id)
        if worker.state.import_of is None:
            raise RuleViolation(
                f"Nobody asked worker {worker.state.name!r} to import an instance; it is launched.",
                code="not-imported",
                facts={"worker_id": worker_id},
            )
        return worker


def _found(request: AdoptWorker) -> FoundInstance:
    return FoundInstance(
        ec2_instance_id=request.ec2_instance_id,
        instance_type=request.instance_type,
        ami_id=request.ami_id,
        ami_name=request.ami_name,
        private_ip=request.private_ip,
        stopped=request.stopped,
    )


def _finding(request: AdoptWorker, worker: CMLWorker, ctx: CommandContext) -> ScalingFinding:
    return ScalingFinding(
        kind=ScalingKind.ADOPTION,
        subject=request.ec2_instance_id,
        at=stamp_of(ctx).at,
        taken=True,
        summary=request.reason,
        inputs={"instance_type": request.instance_type, "image": request.ami_name, "stopped": request.stopped},
        worker_id=worker.id,
        worker_name=worker.state.name,
        region=request.region,
        template_name=worker.state.template_name,
        ec2_instance_id=request.ec2_instance_id,
    )
