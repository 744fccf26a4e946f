"""Which handler handles which command."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from control_plane_api.application.commands.inbound_event.record_dead_letter_command import (
    RecordDeadLetterCommand,
    RecordDeadLetterCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.archive_lablet_definition_command import (
    ArchiveLabletDefinitionCommand,
    ArchiveLabletDefinitionCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.create_lablet_definition_command import (
    CreateLabletDefinitionCommand,
    CreateLabletDefinitionCommandHandler,
)
from control_plane_api.application.commands.lablet_definition.deprecate_lablet_definition_command import (
    DeprecateLabletDefinitionCommand,
    DeprecateLabletDefinitionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.adjust_occupation_command import (
    AdjustOccupationCommand,
    AdjustOccupationCommandHandler,
)
from control_plane_api.application.commands.lablet_session.bind_lab_command import BindLabCommand, BindLabCommandHandler
from control_plane_api.application.commands.lablet_session.collect_and_grade_command import (
    CollectAndGradeCommand,
    CollectAndGradeCommandHandler,
)
from control_plane_api.application.commands.lablet_session.collection_completed_command import (
    CollectionCompletedCommand,
    CollectionCompletedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.complete_termination_command import (
    CompleteTerminationCommand,
    CompleteTerminationCommandHandler,
)
from control_plane_api.application.commands.lablet_session.give_up_recovery_command import (
    GiveUpRecoveryCommand,
    GiveUpRecoveryCommandHandler,
)
from control_plane_api.application.commands.lablet_session.grading_completed_command import (
    GradingCompletedCommand,
    GradingCompletedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.grading_failed_command import (
    GradingFailedCommand,
    GradingFailedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.grading_review_requested_command import (
    GradingReviewRequestedCommand,
    GradingReviewRequestedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.grading_submitted_command import (
    GradingSubmittedCommand,
    GradingSubmittedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.handle_host_lost_command import (
    HandleHostLostCommand,
    HandleHostLostCommandHandler,
)
from control_plane_api.application.commands.lablet_session.handle_session_ended_command import (
    HandleSessionEndedCommand,
    HandleSessionEndedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.handle_session_faulted_command import (
    HandleSessionFaultedCommand,
    HandleSessionFaultedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.handle_session_paused_command import (
    HandleSessionPausedCommand,
    HandleSessionPausedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.handle_session_resumed_command import (
    HandleSessionResumedCommand,
    HandleSessionResumedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.handle_session_started_command import (
    HandleSessionStartedCommand,
    HandleSessionStartedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.mark_session_archived_command import (
    MarkSessionArchivedCommand,
    MarkSessionArchivedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.mark_session_ready_command import (
    MarkSessionReadyCommand,
    MarkSessionReadyCommandHandler,
)
from control_plane_api.application.commands.lablet_session.mark_session_stopped_command import (
    MarkSessionStoppedCommand,
    MarkSessionStoppedCommandHandler,
)
from control_plane_api.application.commands.lablet_session.promise_capacity_command import (
    PromiseCapacityCommand,
    PromiseCapacityCommandHandler,
)
from control_plane_api.application.commands.lablet_session.recollect_lablet_session_command import (
    RecollectLabletSessionCommand,
    RecollectLabletSessionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.record_pipeline_step_command import (
    RecordPipelineStepCommand,
    RecordPipelineStepCommandHandler,
)
from control_plane_api.application.commands.lablet_session.record_placement_decision_command import (
    RecordPlacementDecisionCommand,
    RecordPlacementDecisionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.recover_session_command import (
    RecoverSessionCommand,
    RecoverSessionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.regrade_lablet_session_command import (
    RegradeLabletSessionCommand,
    RegradeLabletSessionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.schedule_lablet_session_command import (
    ScheduleLabletSessionCommand,
    ScheduleLabletSessionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.start_collection_command import (
    StartCollectionCommand,
    StartCollectionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.start_instantiation_command import (
    StartInstantiationCommand,
    StartInstantiationCommandHandler,
)
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import (
    StopLabletSessionCommand,
    StopLabletSessionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.terminate_lablet_session_command import (
    TerminateLabletSessionCommand,
    TerminateLabletSessionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.transition_lablet_session_command import (
    TransitionLabletSessionCommand,
    TransitionLabletSessionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
    UnscheduleLabletSessionCommand,
    UnscheduleLabletSessionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.warn_session_ending_command import (
    WarnSessionEndingCommand,
    WarnSessionEndingCommandHandler,
)
from control_plane_api.application.commands.reservation.book_together_command import (
    BookTogetherCommand,
    BookTogetherCommandHandler,
)
from control_plane_api.application.commands.reservation.cancel_reservation_command import (
    CancelReservationCommand,
    CancelReservationCommandHandler,
)
from control_plane_api.application.commands.reservation.create_reservation_batch_command import (
    CreateReservationBatchCommand,
    CreateReservationBatchCommandHandler,
)
from control_plane_api.application.commands.reservation.create_reservation_command import (
    CreateReservationCommand,
    CreateReservationCommandHandler,
)
from control_plane_api.application.commands.reservation.extend_reservation_command import (
    ExtendReservationCommand,
    ExtendReservationCommandHandler,
)
from control_plane_api.application.commands.reservation.reschedule_reservation_command import (
    RescheduleReservationCommand,
    RescheduleReservationCommandHandler,
)
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
    UpdateSystemSettingsCommandHandler,
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
from control_plane_api.application.commands.worker_template.create_worker_template_command import (
    CreateWorkerTemplateCommand,
    CreateWorkerTemplateCommandHandler,
)
from control_plane_api.application.commands.worker_template.follow_template_file_command import (
    FollowTemplateFileCommand,
    FollowTemplateFileCommandHandler,
)
from control_plane_api.application.commands.worker_template.update_worker_template_command import (
    UpdateWorkerTemplateCommand,
    UpdateWorkerTemplateCommandHandler,
)
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.admission import Admission
from control_plane_api.application.services.booking import Booker
from control_plane_api.application.services.fleet_book import Fleet
from control_plane_api.application.services.promises import Promises
from lcm_core.application.mediator import Mediator


def _random_id() -> str:
    return str(uuid4())


def register_commands(
    mediator: Mediator, read: ReadSide, fleet: Fleet, *, new_id: Callable[[], str] = _random_id
) -> None:
    """*fleet* is what bookings are admitted on; *new_id* makes ids for what has none of its own."""
    promises = _register_booking(mediator, read, fleet, new_id)
    _register_sessions(mediator, promises)
    _register_workers(mediator, read)
    _register_operators_commands(mediator, read, new_id)
    _register_catalogue(mediator)


def _register_booking(mediator: Mediator, read: ReadSide, fleet: Fleet, new_id: Callable[[], str]) -> Promises:
    admission = Admission(fleet)
    booker, promises = Booker(admission, read.times, new_id), Promises(admission)
    mediator.register_command(CreateReservationCommand, CreateReservationCommandHandler(booker))
    mediator.register_command(BookTogetherCommand, BookTogetherCommandHandler(booker))
    mediator.register_command(CreateReservationBatchCommand, CreateReservationBatchCommandHandler(booker, new_id))
    mediator.register_command(RescheduleReservationCommand, RescheduleReservationCommandHandler(promises))
    mediator.register_command(ExtendReservationCommand, ExtendReservationCommandHandler(promises))
    mediator.register_command(CancelReservationCommand, CancelReservationCommandHandler())
    return promises


def _register_sessions(mediator: Mediator, promises: Promises) -> None:
    mediator.register_command(PromiseCapacityCommand, PromiseCapacityCommandHandler(promises))
    mediator.register_command(AdjustOccupationCommand, AdjustOccupationCommandHandler())
    mediator.register_command(WarnSessionEndingCommand, WarnSessionEndingCommandHandler())
    mediator.register_command(ScheduleLabletSessionCommand, ScheduleLabletSessionCommandHandler())
    mediator.register_command(RecordPlacementDecisionCommand, RecordPlacementDecisionCommandHandler())
    mediator.register_command(UnscheduleLabletSessionCommand, UnscheduleLabletSessionCommandHandler())
    mediator.register_command(HandleHostLostCommand, HandleHostLostCommandHandler(promises))
    mediator.register_command(RecoverSessionCommand, RecoverSessionCommandHandler())
    mediator.register_command(GiveUpRecoveryCommand, GiveUpRecoveryCommandHandler())
    mediator.register_command(StartInstantiationCommand, StartInstantiationCommandHandler())
    mediator.register_command(RecordPipelineStepCommand, RecordPipelineStepCommandHandler())
    mediator.register_command(BindLabCommand, BindLabCommandHandler())
    mediator.register_command(MarkSessionReadyCommand, MarkSessionReadyCommandHandler())
    mediator.register_command(HandleSessionStartedCommand, HandleSessionStartedCommandHandler())
    mediator.register_command(HandleSessionPausedCommand, HandleSessionPausedCommandHandler())
    mediator.register_command(HandleSessionResumedCommand, HandleSessionResumedCommandHandler())
    mediator.register_command(HandleSessionFaultedCommand, HandleSessionFaultedCommandHandler())
    mediator.register_command(HandleSessionEndedCommand, HandleSessionEndedCommandHandler())
    mediator.register_command(StartCollectionCommand, StartCollectionCommandHandler())
    mediator.register_command(CollectAndGradeCommand, CollectAndGradeCommandHandler())
    mediator.register_command(RecollectLabletSessionCommand, RecollectLabletSessionCommandHandler())
    mediator.register_command(RegradeLabletSessionCommand, RegradeLabletSessionCommandHandler())
    mediator.register_command(CollectionCompletedCommand, CollectionCompletedCommandHandler())
    mediator.register_command(GradingSubmittedCommand, GradingSubmittedCommandHandler())
    mediator.register_command(GradingReviewRequestedCommand, GradingReviewRequestedCommandHandler())
    mediator.register_command(GradingCompletedCommand, GradingCompletedCommandHandler())
    mediator.register_command(GradingFailedCommand, GradingFailedCommandHandler())
    mediator.register_command(StopLabletSessionCommand, StopLabletSessionCommandHandler())
    mediator.register_command(TerminateLabletSessionCommand, TerminateLabletSessionCommandHandler())
    mediator.register_command(MarkSessionStoppedCommand, MarkSessionStoppedCommandHandler())
    mediator.register_command(MarkSessionArchivedCommand, MarkSessionArchivedCommandHandler())
    mediator.register_command(CompleteTerminationCommand, CompleteTerminationCommandHandler())
    mediator.register_command(TransitionLabletSessionCommand, TransitionLabletSessionCommandHandler())


def _register_workers(mediator: Mediator, read: ReadSide) -> None:
    mediator.register_command(RequestScaleUpCommand, RequestScaleUpCommandHandler(read.workers))
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


def _register_operators_commands(mediator: Mediator, read: ReadSide, new_id: Callable[[], str]) -> None:
    scale_up = RequestScaleUpCommandHandler(read.workers)
    mediator.register_command(CreateWorkerCommand, CreateWorkerCommandHandler(scale_up, new_id))
    mediator.register_command(RefreshWorkerCommand, RefreshWorkerCommandHandler())
    mediator.register_command(SetIdleDetectionCommand, SetIdleDetectionCommandHandler())


def _register_catalogue(mediator: Mediator) -> None:
    mediator.register_command(CreateLabletDefinitionCommand, CreateLabletDefinitionCommandHandler())
    mediator.register_command(DeprecateLabletDefinitionCommand, DeprecateLabletDefinitionCommandHandler())
    mediator.register_command(ArchiveLabletDefinitionCommand, ArchiveLabletDefinitionCommandHandler())
    mediator.register_command(CreateWorkerTemplateCommand, CreateWorkerTemplateCommandHandler())
    mediator.register_command(UpdateWorkerTemplateCommand, UpdateWorkerTemplateCommandHandler())
    mediator.register_command(FollowTemplateFileCommand, FollowTemplateFileCommandHandler())
    mediator.register_command(UpdateSystemSettingsCommand, UpdateSystemSettingsCommandHandler())
    mediator.register_command(RecordDeadLetterCommand, RecordDeadLetterCommandHandler())
