"""What people want of a worker, among the decisions about the size of the fleet."""

from __future__ import annotations

from datetime import datetime

from control_plane_api.application.services.scaling_records import keep_scaling
from control_plane_api.domain.entities import CMLWorker
from lcm_core.application.context import CommandContext
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.read_models import ScalingFinding, ScalingInput, ScalingKind


def keep_wish(
    uow: UnitOfWork,
    worker: CMLWorker,
    kind: ScalingKind,
    reason: str,
    ctx: CommandContext,
    at: datetime,
    **inputs: ScalingInput,
) -> None:
    """In the commit that grants it; *inputs* are what it was granted on besides the state of the worker."""
    state = worker.state
    finding = ScalingFinding(
        kind=kind,
        subject=worker.id,
        at=at,
        taken=True,
        summary=reason or kind.value,
        inputs={
            "status": state.status.value,
            "desired_status": state.desired_status.value,
            "sessions": len(state.allocations),
            **inputs,
        },
        worker_id=worker.id,
        worker_name=state.name,
        region=state.region,
        template_name=state.template_name,
        ec2_instance_id=state.ec2_instance_id,
    )
    keep_scaling(uow, finding, ctx.actor)
