"""A drain takes longer than it should: what the policy says is recorded, with who is still there."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.application.services.scaling_records import keep_scaling
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.fleet_care import DrainDeadlineAction
from lcm_core.domain.read_models import ScalingFinding, ScalingKind


@dataclass(frozen=True, slots=True)
class PassDrainDeadlineCommand(Command[Applied]):
    worker_id: str


class PassDrainDeadlineCommandHandler:
    async def handle(self, command: PassDrainDeadlineCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Nothing changes before the deadline, and when the policy says what it said before."""
        worker, stamp = await uow.load(CMLWorker, command.worker_id), stamp_of(ctx)
        action = (await fleet_policy(uow)).care.drain_deadline
        changed = worker.pass_drain_deadline(action, stamp)
        if changed:
            state = worker.state
            held = [each.session_id for each in state.allocations if each.granted or each.interval.start <= stamp.at]
            finding = ScalingFinding(
                kind=ScalingKind.DRAIN_DEADLINE,
                subject=worker.id,
                at=stamp.at,
                taken=action is DrainDeadlineAction.FORCE_STOP,
                decided_by="" if action is DrainDeadlineAction.FORCE_STOP else "policy",
                summary=f"{len(held)} sessions are on it after the deadline of its drain; policy: {action.value}",
                inputs={
                    "deadline_at": state.drain_deadline_at.isoformat() if state.drain_deadline_at else None,
                    "draining_since": state.status_changed_at.isoformat(),
                    "drain_reason": state.drain_reason[:200],
                    "sessions": len(held),
                    "first_sessions": ", ".join(held[:10]),
                },
                worker_id=worker.id,
                worker_name=state.name,
                region=state.region,
                template_name=state.template_name,
                ec2_instance_id=state.ec2_instance_id,
            )
            keep_scaling(uow, finding, ctx.actor)
        return applied(worker, changed)
