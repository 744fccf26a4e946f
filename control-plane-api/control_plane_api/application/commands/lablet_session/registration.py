"""Who carries out what concerns the course of a session."""

from __future__ import annotations

from control_plane_api.application.commands.lablet_session.adjust_occupation_command import (
    AdjustOccupationCommand,
    AdjustOccupationCommandHandler,
)
from control_plane_api.application.commands.lablet_session.assign_session_command import (
    AssignSessionCommand,
    AssignSessionCommandHandler,
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
from control_plane_api.application.commands.lablet_session.detach_session_command import (
    DetachSessionCommand,
    DetachSessionCommandHandler,
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
from control_plane_api.application.commands.lablet_session.grant_other_ports_command import (
    GrantOtherPortsCommand,
    GrantOtherPortsCommandHandler,
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
from control_plane_api.application.commands.lablet_session.observe_nodes_command import (
    ObserveNodesCommand,
    ObserveNodesCommandHandler,
)
from control_plane_api.application.commands.lablet_session.promise_capacity_command import (
    PromiseCapacityCommand,
    PromiseCapacityCommandHandler,
)
from control_plane_api.application.commands.lablet_session.re_place_session_command import (
    RePlaceSessionCommand,
    RePlaceSessionCommandHandler,
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
from control_plane_api.application.commands.lablet_session.report_promise_at_risk_command import (
    ReportPromiseAtRiskCommand,
    ReportPromiseAtRiskCommandHandler,
)
from control_plane_api.application.commands.lablet_session.retry_step_command import (
    RetryStepCommand,
    RetryStepCommandHandler,
)
from control_plane_api.application.commands.lablet_session.schedule_lablet_session_command import (
    ScheduleLabletSessionCommand,
    ScheduleLabletSessionCommandHandler,
)
from control_plane_api.application.commands.lablet_session.skip_grading_command import (
    SkipGradingCommand,
    SkipGradingCommandHandler,
)
from control_plane_api.application.commands.lablet_session.skip_step_command import (
    SkipStepCommand,
    SkipStepCommandHandler,
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
from control_plane_api.application.services.promises import Promises
from lcm_core.application.mediator import Mediator


def register_sessions(mediator: Mediator, promises: Promises) -> None:
    _register_recovery(mediator, promises)
    mediator.register_command(PromiseCapacityCommand, PromiseCapacityCommandHandler(promises))
    mediator.register_command(ReportPromiseAtRiskCommand, ReportPromiseAtRiskCommandHandler(promises))
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
    mediator.register_command(GrantOtherPortsCommand, GrantOtherPortsCommandHandler())
    mediator.register_command(BindLabCommand, BindLabCommandHandler())
    mediator.register_command(ObserveNodesCommand, ObserveNodesCommandHandler())
    mediator.register_command(MarkSessionReadyCommand, MarkSessionReadyCommandHandler())
    mediator.register_command(HandleSessionStartedCommand, HandleSessionStartedCommandHandler())
    mediator.register_command(HandleSessionPausedCommand, HandleSessionPausedCommandHandler())
    mediator.register_command(HandleSessionResumedCommand, HandleSessionResumedCommandHandler())
    mediator.register_command(HandleSessionFaultedCommand, HandleSessionFaultedCommandHandler())
    mediator.register_command(HandleSessionEndedCommand, HandleSessionEndedCommandHandler())
    mediator.register_command(StartCollectionCommand, StartCollectionCommandHandler())
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
    mediator.register_command(CollectAndGradeCommand, CollectAndGradeCommandHandler())
    mediator.register_command(RecollectLabletSessionCommand, RecollectLabletSessionCommandHandler())
    mediator.register_command(RegradeLabletSessionCommand, RegradeLabletSessionCommandHandler())


def _register_recovery(mediator: Mediator, promises: Promises) -> None:
    """What operators do by hand."""
    mediator.register_command(RePlaceSessionCommand, RePlaceSessionCommandHandler(promises))
    mediator.register_command(AssignSessionCommand, AssignSessionCommandHandler())
    mediator.register_command(RetryStepCommand, RetryStepCommandHandler())
    mediator.register_command(SkipStepCommand, SkipStepCommandHandler())
    mediator.register_command(DetachSessionCommand, DetachSessionCommandHandler(promises))
    mediator.register_command(SkipGradingCommand, SkipGradingCommandHandler())
