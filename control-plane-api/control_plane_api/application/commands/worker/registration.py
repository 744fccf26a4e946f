"""Who carries out what concerns workers, for the reconcilers and for operators."""

from __future__ import annotations

from collections.abc import Callable

from control_plane_api.application.commands.fleet.decide_stray_command import (
    DecideStrayCommand,
    DecideStrayCommandHandler,
)
from control_plane_api.application.commands.fleet.record_scaling_findings_command import (
    RecordScalingFindingsCommand,
    RecordScalingFindingsCommandHandler,
)
from control_plane_api.application.commands.fleet.report_strays_command import (
    ReportStraysCommand,
    ReportStraysCommandHandler,
)
from control_plane_api.application.commands.worker.adopt_worker_command import (
    AdoptWorkerCommand,
    AdoptWorkerCommandHandler,
)
from control_plane_api.application.commands.worker.allocate_capacity_command import (
    AllocateCapacityCommand,
    AllocateCapacityCommandHandler,
)
from control_plane_api.application.commands.worker.cancel_drain_command import (
    CancelDrainCommand,
    CancelDrainCommandHandler,
)
from control_plane_api.application.commands.worker.create_worker_command import (
    CreateWorkerCommand,
    CreateWorkerCommandHandler,
)
from control_plane_api.application.commands.worker.drain_worker_command import (
    DrainWorkerCommand,
    DrainWorkerCommandHandler,
)
from control_plane_api.application.commands.worker.import_worker_command import (
    ImportWorkerCommand,
    ImportWorkerCommandHandler,
)
from control_plane_api.application.commands.worker.pass_drain_deadline_command import (
    PassDrainDeadlineCommand,
    PassDrainDeadlineCommandHandler,
)
from control_plane_api.application.commands.worker.record_launch_attempts_command import (
    RecordLaunchAttemptsCommand,
    RecordLaunchAttemptsCommandHandler,
)
from control_plane_api.application.commands.worker.refresh_worker_command import (
    RefreshWorkerCommand,
    RefreshWorkerCommandHandler,
)
from control_plane_api.application.commands.worker.release_capacity_command import (
    ReleaseCapacityCommand,
    ReleaseCapacityCommandHandler,
)
from control_plane_api.application.commands.worker.remove_leftover_command import (
    RemoveLeftoverCommand,
    RemoveLeftoverCommandHandler,
)
from control_plane_api.application.commands.worker.report_foreign_labs_command import (
    ReportForeignLabsCommand,
    ReportForeignLabsCommandHandler,
)
from control_plane_api.application.commands.worker.report_host_leaving_command import (
    ReportHostLeavingCommand,
    ReportHostLeavingCommandHandler,
)
from control_plane_api.application.commands.worker.report_host_lost_command import (
    ReportHostLostCommand,
    ReportHostLostCommandHandler,
)
from control_plane_api.application.commands.worker.report_provisioning_command import (
    ReportProvisioningCommand,
    ReportProvisioningCommandHandler,
)
from control_plane_api.application.commands.worker.report_worker_findings_command import (
    ReportWorkerFindingsCommand,
    ReportWorkerFindingsCommandHandler,
)
from control_plane_api.application.commands.worker.report_worker_health_command import (
    ReportWorkerHealthCommand,
    ReportWorkerHealthCommandHandler,
)
from control_plane_api.application.commands.worker.report_worker_metrics_command import (
    ReportWorkerMetricsCommand,
    ReportWorkerMetricsCommandHandler,
)
from control_plane_api.application.commands.worker.request_license_command import (
    RequestLicenseCommand,
    RequestLicenseCommandHandler,
)
from control_plane_api.application.commands.worker.request_scale_up_command import (
    RequestScaleUpCommand,
    RequestScaleUpCommandHandler,
)
from control_plane_api.application.commands.worker.resync_labs_command import (
    ResyncLabsCommand,
    ResyncLabsCommandHandler,
)
from control_plane_api.application.commands.worker.retire_worker_command import (
    RetireWorkerCommand,
    RetireWorkerCommandHandler,
)
from control_plane_api.application.commands.worker.set_idle_detection_command import (
    SetIdleDetectionCommand,
    SetIdleDetectionCommandHandler,
)
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
    SetWorkerDesiredStatusCommandHandler,
)
from control_plane_api.application.commands.worker.settle_license_command import (
    SettleLicenseCommand,
    SettleLicenseCommandHandler,
)
from control_plane_api.application.commands.worker.update_worker_capacity_command import (
    UpdateWorkerCapacityCommand,
    UpdateWorkerCapacityCommandHandler,
)
from control_plane_api.application.commands.worker.worker_failed_command import (
    WorkerFailedCommand,
    WorkerFailedCommandHandler,
)
from control_plane_api.application.commands.worker.worker_launched_command import (
    WorkerLaunchedCommand,
    WorkerLaunchedCommandHandler,
)
from control_plane_api.application.commands.worker.worker_ready_command import (
    WorkerReadyCommand,
    WorkerReadyCommandHandler,
)
from control_plane_api.application.commands.worker.worker_starting_command import (
    WorkerStartingCommand,
    WorkerStartingCommandHandler,
)
from control_plane_api.application.commands.worker.worker_stopped_command import (
    WorkerStoppedCommand,
    WorkerStoppedCommandHandler,
)
from control_plane_api.application.commands.worker.worker_stopping_command import (
    WorkerStoppingCommand,
    WorkerStoppingCommandHandler,
)
from control_plane_api.application.commands.worker.worker_terminated_command import (
    WorkerTerminatedCommand,
    WorkerTerminatedCommandHandler,
)
from control_plane_api.application.commands.worker.worker_terminating_command import (
    WorkerTerminatingCommand,
    WorkerTerminatingCommandHandler,
)
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.fleet_growth import FleetGrowth
from lcm_core.application.mediator import Mediator


def register_workers(mediator: Mediator, read: ReadSide) -> None:
    growth = FleetGrowth(read.workers)
    mediator.register_command(RequestScaleUpCommand, RequestScaleUpCommandHandler(growth, read.scaling))
    mediator.register_command(RecordLaunchAttemptsCommand, RecordLaunchAttemptsCommandHandler())
    mediator.register_command(WorkerLaunchedCommand, WorkerLaunchedCommandHandler())
    mediator.register_command(ReportProvisioningCommand, ReportProvisioningCommandHandler())
    mediator.register_command(RequestLicenseCommand, RequestLicenseCommandHandler())
    mediator.register_command(SettleLicenseCommand, SettleLicenseCommandHandler())
    mediator.register_command(WorkerReadyCommand, WorkerReadyCommandHandler())
    mediator.register_command(WorkerFailedCommand, WorkerFailedCommandHandler())
    mediator.register_command(WorkerStartingCommand, WorkerStartingCommandHandler())
    mediator.register_command(WorkerStoppingCommand, WorkerStoppingCommandHandler())
    mediator.register_command(WorkerStoppedCommand, WorkerStoppedCommandHandler())
    mediator.register_command(WorkerTerminatingCommand, WorkerTerminatingCommandHandler())
    mediator.register_command(WorkerTerminatedCommand, WorkerTerminatedCommandHandler())
    mediator.register_command(ReportWorkerHealthCommand, ReportWorkerHealthCommandHandler())
    mediator.register_command(ReportHostLostCommand, ReportHostLostCommandHandler())
    mediator.register_command(ReportHostLeavingCommand, ReportHostLeavingCommandHandler())
    mediator.register_command(RemoveLeftoverCommand, RemoveLeftoverCommandHandler())
    mediator.register_command(ReportForeignLabsCommand, ReportForeignLabsCommandHandler())
    mediator.register_command(ReportWorkerFindingsCommand, ReportWorkerFindingsCommandHandler())
    mediator.register_command(
        ReportWorkerMetricsCommand, ReportWorkerMetricsCommandHandler(read.workers, read.metric_history)
    )
    mediator.register_command(DrainWorkerCommand, DrainWorkerCommandHandler())
    mediator.register_command(CancelDrainCommand, CancelDrainCommandHandler())
    mediator.register_command(SetWorkerDesiredStatusCommand, SetWorkerDesiredStatusCommandHandler())
    mediator.register_command(UpdateWorkerCapacityCommand, UpdateWorkerCapacityCommandHandler())
    mediator.register_command(AllocateCapacityCommand, AllocateCapacityCommandHandler())
    mediator.register_command(ReleaseCapacityCommand, ReleaseCapacityCommandHandler())


def register_operators_commands(mediator: Mediator, read: ReadSide, new_id: Callable[[], str]) -> None:
    scale_up = RequestScaleUpCommandHandler(FleetGrowth(read.workers), read.scaling)
    mediator.register_command(CreateWorkerCommand, CreateWorkerCommandHandler(scale_up, new_id))
    mediator.register_command(RefreshWorkerCommand, RefreshWorkerCommandHandler())
    mediator.register_command(ResyncLabsCommand, ResyncLabsCommandHandler())
    mediator.register_command(SetIdleDetectionCommand, SetIdleDetectionCommandHandler())


def register_care(mediator: Mediator, read: ReadSide) -> None:
    growth = FleetGrowth(read.workers)
    mediator.register_command(RecordScalingFindingsCommand, RecordScalingFindingsCommandHandler(read.scaling))
    mediator.register_command(DecideStrayCommand, DecideStrayCommandHandler(growth, read.scaling))
    mediator.register_command(ReportStraysCommand, ReportStraysCommandHandler(read.scaling))
    mediator.register_command(RetireWorkerCommand, RetireWorkerCommandHandler(growth, read.scaling))
    mediator.register_command(PassDrainDeadlineCommand, PassDrainDeadlineCommandHandler())
    mediator.register_command(ImportWorkerCommand, ImportWorkerCommandHandler(growth))
    mediator.register_command(AdoptWorkerCommand, AdoptWorkerCommandHandler(growth))
