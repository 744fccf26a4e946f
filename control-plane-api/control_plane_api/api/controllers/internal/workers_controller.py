"""/api/internal/workers: what the reconcilers read and report of workers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_plane_api.api.access import Service, ServiceContext
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.worker.adopt_worker_command import AdoptWorkerCommand
from control_plane_api.application.commands.worker.allocate_capacity_command import AllocateCapacityCommand
from control_plane_api.application.commands.worker.cancel_drain_command import CancelDrainCommand
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.commands.worker.pass_drain_deadline_command import PassDrainDeadlineCommand
from control_plane_api.application.commands.worker.record_launch_attempts_command import RecordLaunchAttemptsCommand
from control_plane_api.application.commands.worker.release_capacity_command import ReleaseCapacityCommand
from control_plane_api.application.commands.worker.remove_leftover_command import RemoveLeftoverCommand
from control_plane_api.application.commands.worker.report_foreign_labs_command import ReportForeignLabsCommand
from control_plane_api.application.commands.worker.report_host_leaving_command import ReportHostLeavingCommand
from control_plane_api.application.commands.worker.report_host_lost_command import ReportHostLostCommand
from control_plane_api.application.commands.worker.report_provisioning_command import ReportProvisioningCommand
from control_plane_api.application.commands.worker.report_worker_findings_command import ReportWorkerFindingsCommand
from control_plane_api.application.commands.worker.report_worker_health_command import ReportWorkerHealthCommand
from control_plane_api.application.commands.worker.report_worker_metrics_command import ReportWorkerMetricsCommand
from control_plane_api.application.commands.worker.request_scale_up_command import RequestScaleUpCommand
from control_plane_api.application.commands.worker.retire_worker_command import RetireWorkerCommand
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.application.commands.worker.settle_license_command import SettleLicenseCommand
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.application.commands.worker.worker_launched_command import WorkerLaunchedCommand
from control_plane_api.application.commands.worker.worker_ready_command import WorkerReadyCommand
from control_plane_api.application.commands.worker.worker_starting_command import WorkerStartingCommand
from control_plane_api.application.commands.worker.worker_stopped_command import WorkerStoppedCommand
from control_plane_api.application.commands.worker.worker_stopping_command import WorkerStoppingCommand
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.application.commands.worker.worker_terminating_command import WorkerTerminatingCommand
from control_plane_api.application.queries.get_worker_query import GetWorkerQuery
from control_plane_api.application.queries.list_workers_query import ListWorkersQuery
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import (
    AdoptWorker,
    AllocateCapacity,
    DrainWorker,
    LeftoverRemoved,
    RecordLaunchAttempts,
    ReleaseCapacity,
    ReportForeignLabs,
    ReportHostLeaving,
    ReportHostLost,
    ReportProvisioning,
    ReportWorkerFindings,
    ReportWorkerHealth,
    ReportWorkerMetrics,
    RequestScaleUp,
    RetireWorker,
    ScaleUpAnswer,
    SetDesiredStatus,
    SettleLicense,
    WorkerFailed,
    WorkerLaunched,
    WorkerReady,
    WorkerStatusReport,
)
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import CMLWorkerReadModel

router = APIRouter(prefix="/api/internal/workers", tags=["internal: workers"])


@router.get("", summary="Workers in some statuses")
async def list_workers(
    mediator: MediatorOf, _: Service, status: Annotated[list[CMLWorkerStatus] | None, Query()] = None
) -> list[CMLWorkerReadModel]:
    return await mediator.query(ListWorkersQuery(tuple(status or ())))


@router.get("/{worker_id}", summary="One worker")
async def get_worker(worker_id: str, mediator: MediatorOf, _: Service) -> CMLWorkerReadModel:
    return await mediator.query(GetWorkerQuery(worker_id))


@router.post("/scale-up", summary="Ask for one more worker")
async def request_scale_up(body: RequestScaleUp, mediator: MediatorOf, ctx: ServiceContext) -> ScaleUpAnswer:
    return await mediator.execute(RequestScaleUpCommand(body), ctx)


@router.post("/adopt", summary="An instance that exists becomes a worker")
async def adopt(body: AdoptWorker, mediator: MediatorOf, ctx: ServiceContext) -> ScaleUpAnswer:
    return await mediator.execute(AdoptWorkerCommand(body), ctx)


@router.post("/{worker_id}/launched", summary="PENDING → PROVISIONING")
async def launched(worker_id: str, body: WorkerLaunched, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(WorkerLaunchedCommand(worker_id, body), ctx)


@router.post("/{worker_id}/launch-attempts", summary="Launches begun or refused")
async def record_launch_attempts(
    worker_id: str, body: RecordLaunchAttempts, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(RecordLaunchAttemptsCommand(worker_id, body), ctx)


@router.post("/{worker_id}/provisioning", summary="What a worker on its way waits for")
async def report_provisioning(
    worker_id: str, body: ReportProvisioning, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(ReportProvisioningCommand(worker_id, body), ctx)


@router.post("/{worker_id}/license-outcome", summary="What came of a licence request")
async def settle_license(worker_id: str, body: SettleLicense, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(SettleLicenseCommand(worker_id, body), ctx)


@router.post("/{worker_id}/ready", summary="PROVISIONING or STARTING → RUNNING")
async def ready(worker_id: str, body: WorkerReady, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(WorkerReadyCommand(worker_id, body), ctx)


@router.post("/{worker_id}/failed", summary="→ FAILED")
async def failed(worker_id: str, body: WorkerFailed, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(WorkerFailedCommand(worker_id, body), ctx)


@router.post("/{worker_id}/starting", summary="STOPPED → STARTING")
async def starting(worker_id: str, body: WorkerStatusReport, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(WorkerStartingCommand(worker_id, body), ctx)


@router.post("/{worker_id}/stopping", summary="→ STOPPING")
async def stopping(worker_id: str, body: WorkerStatusReport, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(WorkerStoppingCommand(worker_id, body), ctx)


@router.post("/{worker_id}/stopped", summary="STOPPING → STOPPED")
async def stopped(worker_id: str, body: WorkerStatusReport, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(WorkerStoppedCommand(worker_id, body), ctx)


@router.post("/{worker_id}/terminating", summary="→ TERMINATING")
async def terminating(worker_id: str, body: WorkerStatusReport, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(WorkerTerminatingCommand(worker_id, body), ctx)


@router.post("/{worker_id}/terminated", summary="→ TERMINATED")
async def terminated(worker_id: str, body: WorkerStatusReport, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(WorkerTerminatedCommand(worker_id, body), ctx)


@router.post("/{worker_id}/health", summary="Whether CML answers and the licence holds")
async def report_health(worker_id: str, body: ReportWorkerHealth, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(ReportWorkerHealthCommand(worker_id, body), ctx)


@router.post("/{worker_id}/host-lost", summary="Nothing on its host can be reached")
async def host_lost(worker_id: str, body: ReportHostLost, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(ReportHostLostCommand(worker_id, body), ctx)


@router.post("/{worker_id}/host-leaving", summary="EC2 will stop or move its host")
async def host_leaving(worker_id: str, body: ReportHostLeaving, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(ReportHostLeavingCommand(worker_id, body), ctx)


@router.post("/{worker_id}/leftover-removed", summary="What a session left behind is gone")
async def leftover_removed(worker_id: str, body: LeftoverRemoved, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(RemoveLeftoverCommand(worker_id, body), ctx)


@router.post("/{worker_id}/metrics", summary="What was measured")
async def report_metrics(
    worker_id: str, body: ReportWorkerMetrics, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(ReportWorkerMetricsCommand(worker_id, body), ctx)


@router.post("/{worker_id}/findings", summary="Where it differs from what was declared, what AWS has planned")
async def report_findings(
    worker_id: str, body: ReportWorkerFindings, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(ReportWorkerFindingsCommand(worker_id, body), ctx)


@router.post("/{worker_id}/foreign-labs", summary="Labs on its host that are not ours, and the ports they forward")
async def report_foreign_labs(
    worker_id: str, body: ReportForeignLabs, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(ReportForeignLabsCommand(worker_id, body), ctx)


@router.post("/{worker_id}/drain", summary="RUNNING → DRAINING")
async def drain(worker_id: str, body: DrainWorker, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    _refuse_force(body.force)
    return await mediator.execute(DrainWorkerCommand(worker_id, body), ctx)


@router.post("/{worker_id}/retire", summary="Take it out of service since nobody needs it")
async def retire(worker_id: str, body: RetireWorker, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(RetireWorkerCommand(worker_id, body), ctx)


@router.post("/{worker_id}/drain-deadline", summary="Its drain takes longer than it should")
async def pass_drain_deadline(worker_id: str, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(PassDrainDeadlineCommand(worker_id), ctx)


@router.post("/{worker_id}/cancel-drain", summary="DRAINING → RUNNING")
async def cancel_drain(worker_id: str, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(CancelDrainCommand(worker_id), ctx)


@router.post("/{worker_id}/desired-status", summary="What is wanted of it")
async def set_desired_status(
    worker_id: str, body: SetDesiredStatus, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    _refuse_force(body.force)
    return await mediator.execute(SetWorkerDesiredStatusCommand(worker_id, body), ctx)


@router.post("/{worker_id}/allocate", summary="Hold room for a session")
async def allocate_capacity(
    worker_id: str, body: AllocateCapacity, mediator: MediatorOf, ctx: ServiceContext
) -> Applied:
    return await mediator.execute(AllocateCapacityCommand(worker_id, body), ctx)


@router.post("/{worker_id}/release", summary="Give room back")
async def release_capacity(worker_id: str, body: ReleaseCapacity, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(ReleaseCapacityCommand(worker_id, body), ctx)


def _refuse_force(force: bool) -> None:
    """Only an operator may take a worker from live sessions, and operators do not come this way."""
    if force:
        raise InvalidInput(
            [InputProblem("/force", "a service cannot force it; an operator can, under /api/v1/workers")]
        )
