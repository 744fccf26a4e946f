"""An operator says what is to become of an instance that no worker stands for."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.fleet_growth import FleetGrowth
from control_plane_api.application.services.operations import reconciler_for
from control_plane_api.application.services.scaling_records import STRAY_DECISIONS, ScalingRecords, keep_scaling
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.errors import NotFound, RuleViolation
from lcm_core.domain.json_form import to_json_form
from lcm_core.domain.read_models import (
    ScalingFinding,
    ScalingKind,
    StrayDecision,
    StrayInstance,
    StrayVerdict,
)
from lcm_core.domain.steering import ReconcilerName

_SAID = {
    StrayVerdict.TERMINATE: "to be terminated",
    StrayVerdict.LEAVE: "left as it is",
    None: "left to the policy again",
}


@dataclass(frozen=True, slots=True)
class DecideStrayCommand(Command[StrayInstance]):
    """Without *verdict* what was decided before is taken back."""

    ec2_instance_id: str
    verdict: StrayVerdict | None
    reason: str
    with_labs: bool = False


class DecideStrayCommandHandler:
    """Only what is wanted is recorded: worker-controller looks at the instance once more and acts."""

    def __init__(self, growth: FleetGrowth, records: ScalingRecords) -> None:
        self._growth = growth
        self._records = records

    async def handle(self, command: DecideStrayCommand, uow: UnitOfWork, ctx: CommandContext) -> StrayInstance:
        """Raises NotFound when it is not flagged (any more), RuleViolation when a worker stands for it meanwhile."""
        stray = await self._records.stray(command.ec2_instance_id)
        if stray is None:
            raise NotFound("stray instance", command.ec2_instance_id)
        if command.verdict is StrayVerdict.TERMINATE:
            await self._require_nobodys(stray)
        stamp = stamp_of(ctx)
        decision = _decision(command, stamp)
        form = to_json_form(decision) if decision is not None else None
        uow.attach(STRAY_DECISIONS, {"_id": stray.ec2_instance_id, "decision": form}, upsert=True)
        reconciler = await reconciler_for(uow, ReconcilerName.WORKERS)
        reconciler.decide_stray(stray, command.verdict, command.with_labs, command.reason, stamp)
        keep_scaling(uow, _finding(stray, command, ctx), ctx.actor)
        return stray.model_copy(update={"decision": decision})

    async def _require_nobodys(self, stray: StrayInstance) -> None:
        for known in await self._growth.fleet(stray.region):
            if stray.ec2_instance_id in (known.ec2_instance_id, known.import_of):
                raise RuleViolation(
                    f"Worker {known.name!r} ({known.status.value}) stands for {stray.ec2_instance_id} now; "
                    "terminate the worker if that is what you want.",
                    code="instance-on-record",
                    facts={"worker_id": known.id, "ec2_instance_id": stray.ec2_instance_id},
                )


def _decision(command: DecideStrayCommand, stamp: Stamp) -> StrayDecision | None:
    if command.verdict is None:
        return None
    return StrayDecision(
        verdict=command.verdict, with_labs=command.with_labs, by=stamp.by, at=stamp.at, reason=command.reason
    )


def _finding(stray: StrayInstance, command: DecideStrayCommand, ctx: CommandContext) -> ScalingFinding:
    return ScalingFinding(
        kind=ScalingKind.STRAY,
        subject=stray.ec2_instance_id,
        at=stamp_of(ctx).at,
        taken=True,
        summary=f"{_SAID[command.verdict]}: {command.reason}",
        inputs={"stray": stray.kind.value, "state": stray.state, "with_labs": command.with_labs},
        region=stray.region,
        template_name=stray.template_name,
        ec2_instance_id=stray.ec2_instance_id,
    )
