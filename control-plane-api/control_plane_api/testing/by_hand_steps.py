"""What operators do by hand, as the API does it for them."""

from __future__ import annotations

from control_plane_api.application.commands.lablet_session.assign_session_command import AssignSessionCommand
from control_plane_api.application.commands.lablet_session.detach_session_command import DetachSessionCommand
from control_plane_api.application.commands.lablet_session.re_place_session_command import RePlaceSessionCommand
from control_plane_api.application.commands.lablet_session.record_pipeline_step_command import (
    RecordPipelineStepCommand,
)
from control_plane_api.application.commands.lablet_session.retry_step_command import RetryStepCommand
from control_plane_api.application.commands.lablet_session.skip_grading_command import SkipGradingCommand
from control_plane_api.application.commands.lablet_session.skip_step_command import SkipStepCommand
from control_plane_api.application.commands.operations.finish_maintenance_command import FinishMaintenanceCommand
from control_plane_api.application.commands.operations.pause_reconciler_command import PauseReconcilerCommand
from control_plane_api.application.commands.operations.record_maintenance_stage_command import (
    RecordMaintenanceStageCommand,
)
from control_plane_api.application.commands.operations.resign_reconciler_command import ResignReconcilerCommand
from control_plane_api.application.commands.operations.resume_reconciler_command import ResumeReconcilerCommand
from control_plane_api.application.commands.operations.start_maintenance_command import StartMaintenanceCommand
from control_plane_api.application.commands.operations.trigger_reconciler_command import TriggerReconcilerCommand
from control_plane_api.application.commands.worker.resync_labs_command import ResyncLabsCommand
from control_plane_api.testing.command_world import CommandWorld
from lcm_core.contracts.recovery import (
    AssignSession,
    DetachSession,
    RePlaceSession,
    RetryStep,
    SkipGrading,
    SkipStep,
    TriggerReconciler,
)
from lcm_core.contracts.sessions import RecordStep
from lcm_core.domain.enums import PipelineName, StepStatus
from lcm_core.domain.read_models.operations import MaintenanceKind, MaintenanceStage
from lcm_core.domain.steering import ReconcilerName

WHY = "host is being replaced"


async def re_place(world: CommandWorld, session_id: str, worker_id: str | None = None) -> bool:
    command = RePlaceSessionCommand(session_id, RePlaceSession(reason=WHY, worker_id=worker_id))
    return (await world.do(command, actor="olga")).applied


async def assign(world: CommandWorld, session_id: str, worker_id: str, *, override: bool = False) -> bool:
    request = AssignSession(worker_id=worker_id, reason=WHY, override=override)
    return (await world.do(AssignSessionCommand(session_id, request), actor="olga")).applied


async def detach(world: CommandWorld, session_id: str, *, declare_dead: bool = False) -> bool:
    request = DetachSession(reason=WHY, declare_dead=declare_dead)
    return (await world.do(DetachSessionCommand(session_id, request), actor="olga")).applied


async def skip_grading(world: CommandWorld, session_id: str) -> bool:
    return (await world.do(SkipGradingCommand(session_id, SkipGrading(reason=WHY)), actor="olga")).applied


async def retry(world: CommandWorld, session_id: str, step: str | None = None) -> bool:
    return (await world.do(RetryStepCommand(session_id, RetryStep(step=step, reason=WHY)), actor="olga")).applied


async def skip(world: CommandWorld, session_id: str, step: str) -> bool:
    return (await world.do(SkipStepCommand(session_id, SkipStep(step=step, reason=WHY)), actor="olga")).applied


async def step_told(
    world: CommandWorld,
    session_id: str,
    step: str,
    status: StepStatus = StepStatus.FAILED,
    *,
    may_skip: bool = False,
    worker_id: str | None = None,
    retries: int = 0,
) -> bool:
    told = RecordStep(
        pipeline=PipelineName.INSTANTIATE,
        step=step,
        status=status,
        attempts=3,
        started_at=world.clock.now(),
        ended_at=world.clock.now(),
        error="no answer" if status is StepStatus.FAILED else None,
        may_skip=may_skip,
        worker_id=worker_id,
        retries=retries,
    )
    return (await world.do(RecordPipelineStepCommand(session_id, told))).applied


async def operators_have_a_busy_day(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    """Everything that only an operator causes, once."""
    session_id = await world.a_pending_session(definition_id)
    await world.schedule(session_id, worker_id)
    await world.instantiate(session_id)
    await step_told(world, session_id, "converge", may_skip=True)
    await retry(world, session_id)
    await skip(world, session_id, "converge")
    await world.do(ResyncLabsCommand(worker_id, WHY))
    service = ReconcilerName.WORKERS
    await world.do(PauseReconcilerCommand(service, WHY))
    await world.do(ResumeReconcilerCommand(service, WHY))
    await world.do(TriggerReconcilerCommand(service, TriggerReconciler(reason=WHY)))
    await world.do(ResignReconcilerCommand(service, 7, WHY))
    await world.do(StartMaintenanceCommand("run", MaintenanceKind.ETCD, WHY))
    stage = MaintenanceStage(name="cml_worker", handled=1, changed=1, at=world.clock.now())
    await world.do(RecordMaintenanceStageCommand("run", stage))
    await world.do(FinishMaintenanceCommand("run"))
