"""Every event of the catalogue is emitted by a command, by one that the catalogue names."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from control_plane_api.application.commands.audit.begin_audit_export_command import BeginAuditExportCommand
from control_plane_api.application.commands.audit.end_audit_export_command import EndAuditExportCommand
from control_plane_api.application.commands.fleet.decide_stray_command import DecideStrayCommand
from control_plane_api.application.commands.fleet.report_strays_command import ReportStraysCommand
from control_plane_api.application.commands.inbound_event.keep_inbound_events_command import KeepInboundEventsCommand
from control_plane_api.application.commands.inbound_event.replay_inbound_event_command import ReplayInboundEventCommand
from control_plane_api.application.commands.inbound_event.settle_inbound_events_command import (
    SettleInboundEventsCommand,
)
from control_plane_api.application.commands.lablet_definition import (
    archive_lablet_definition_command,
    confirm_version_command,
    create_lablet_definition_command,
    deprecate_lablet_definition_command,
    record_consumer_refresh_command,
    reject_version_command,
    report_sync_failed_command,
    report_synced_content_command,
    request_content_sync_command,
)
from control_plane_api.application.commands.lablet_session import (
    adjust_occupation_command,
    complete_termination_command,
    grading_completed_command,
    grading_failed_command,
    grading_review_requested_command,
    grading_submitted_command,
    handle_host_lost_command,
    handle_session_ended_command,
    handle_session_faulted_command,
    handle_session_paused_command,
    handle_session_resumed_command,
    handle_session_started_command,
    mark_session_archived_command,
    mark_session_ready_command,
    mark_session_stopped_command,
    promise_capacity_command,
    record_pipeline_step_command,
    record_placement_decision_command,
    recover_session_command,
    report_promise_at_risk_command,
    start_collection_command,
    stop_lablet_session_command,
    terminate_lablet_session_command,
    unschedule_lablet_session_command,
    warn_session_ending_command,
)
from control_plane_api.application.commands.lablet_session.collect_and_grade_command import CollectAndGradeCommand
from control_plane_api.application.commands.lablet_session.observe_nodes_command import ObserveNodesCommand
from control_plane_api.application.commands.lablet_session.recollect_lablet_session_command import (
    RecollectLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.regrade_lablet_session_command import (
    RegradeLabletSessionCommand,
)
from control_plane_api.application.commands.notification.acknowledge_notifications_command import (
    AcknowledgeNotificationsCommand,
)
from control_plane_api.application.commands.notification.clear_notification_command import ClearNotificationCommand
from control_plane_api.application.commands.notification.raise_notification_command import RaiseNotificationCommand
from control_plane_api.application.commands.reservation.cancel_reservation_command import CancelReservationCommand
from control_plane_api.application.commands.reservation.extend_reservation_command import ExtendReservationCommand
from control_plane_api.application.commands.reservation.reschedule_reservation_command import (
    RescheduleReservationCommand,
)
from control_plane_api.application.commands.subscription import (
    change_subscription_command,
    create_subscription_command,
    end_subscription_command,
    finish_replay_command,
    follow_configured_sink_command,
    pause_subscription_command,
    request_replay_command,
    resume_subscription_command,
    rotate_subscription_key_command,
    validate_subscription_command,
)
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.warm_pool import (
    change_warm_pool_command,
    change_warm_pool_status_command,
    create_warm_pool_command,
    discard_prepared_labs_command,
    lab_prepared_command,
    preparation_failed_command,
    prepare_lab_command,
    prepared_lab_removed_command,
)
from control_plane_api.application.commands.worker import (
    adopt_worker_command,
    cancel_drain_command,
    create_worker_command,
    drain_worker_command,
    import_worker_command,
    pass_drain_deadline_command,
    record_launch_attempts_command,
    refresh_worker_command,
    remove_leftover_command,
    report_host_lost_command,
    report_provisioning_command,
    report_worker_findings_command,
    report_worker_health_command,
    request_license_command,
    retire_worker_command,
    set_idle_detection_command,
    set_worker_desired_status_command,
    settle_license_command,
    update_worker_capacity_command,
    worker_failed_command,
    worker_starting_command,
    worker_stopped_command,
    worker_terminated_command,
    worker_terminating_command,
)
from control_plane_api.application.commands.worker.report_foreign_labs_command import ReportForeignLabsCommand
from control_plane_api.application.commands.worker_template.follow_template_file_command import (
    FollowTemplateFileCommand,
)
from control_plane_api.application.commands.worker_template.update_worker_template_command import (
    UpdateWorkerTemplateCommand,
)
from control_plane_api.domain.entities import Condition
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.domain.identities import notification_id
from control_plane_api.testing.by_hand_steps import operators_have_a_busy_day
from control_plane_api.testing.command_world import (
    ROOM_FOR_SEVEN,
    START,
    TWO_ROUTERS,
    CommandWorld,
    a_launch_attempt,
    an_event,
    an_instance,
)
from lcm_core.contracts.definitions import (
    ConfirmVersion,
    ConsumerRefreshed,
    CreateLabletDefinition,
    CreateWorkerTemplate,
    RejectVersion,
    RequestSync,
    SyncedContent,
    SyncFailed,
)
from lcm_core.contracts.fleet import ReportStrays
from lcm_core.contracts.inbound_events import (
    InboundEvent,
    InboundEventStatus,
    InboundVerdict,
    KeepInboundEvents,
    SettleInboundEvents,
)
from lcm_core.contracts.lab_nodes import ObserveNodes
from lcm_core.contracts.notifications import AcknowledgeNotifications
from lcm_core.contracts.reservations import CancelReservation, ExtendReservation, RescheduleReservation
from lcm_core.contracts.sessions import (
    AdjustOccupation,
    GradingCompleted,
    GradingFailed,
    GradingReviewRequested,
    GradingSubmitted,
    MarkSessionArchived,
    MarkSessionReady,
    MarkSessionStopped,
    PromiseCapacity,
    RecordPlacementDecision,
    RecordStep,
    ReportPromiseAtRisk,
    SessionEnded,
    SessionFaulted,
    SessionHostLost,
    SessionPaused,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    StartCollection,
    StopSession,
    UnscheduleSession,
    WarnSessionEnding,
)
from lcm_core.contracts.subscriptions import ChangeSubscription, CreateSubscription, RotateKey
from lcm_core.contracts.warm_pools import (
    ChangeWarmPool,
    CreateWarmPool,
    DiscardPreparedLabs,
    LabPrepared,
    PreparationFailed,
    PreparedLabRemoved,
    PrepareLab,
)
from lcm_core.contracts.workers import (
    DrainWorker,
    ImportWorker,
    LeftoverRemoved,
    MaintenanceFinding,
    RecordLaunchAttempts,
    ReportForeignLabs,
    ReportHostLost,
    ReportProvisioning,
    ReportWorkerFindings,
    ReportWorkerHealth,
    RequestLicense,
    RetireWorker,
    SetDesiredStatus,
    SettleLicense,
    WorkerFailed,
    WorkerStatusReport,
)
from lcm_core.domain.enums import (
    HostLossCause,
    PipelineName,
    SessionOutcome,
    StepStatus,
    WorkerDesiredStatus,
    WorkerServiceStatus,
)
from lcm_core.domain.fleet_care import DisruptionReason
from lcm_core.domain.lab_nodes import SeenNode
from lcm_core.domain.notifications import FLEET, NotificationKind, NotificationSeverity
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.domain.provisioning import LicenseAction, ProvisioningStep
from lcm_core.domain.read_models import DriftFinding, DriftKind, StrayFinding, StrayKind, StrayVerdict
from lcm_core.domain.read_models.content_sync import ConsumerOutcome, SyncCause
from lcm_core.domain.subscriptions import ReplayResult
from lcm_core.domain.values import ForeignLab
from lcm_core.domain.warm_pool import WarmPoolPolicy, WarmPoolStatus

Story = Callable[[CommandWorld, str, str], Awaitable[None]]


async def test_every_event_is_emitted_by_a_command_that_the_catalogue_names(world: CommandWorld) -> None:
    template_id = await world.a_template()
    definition_id = await world.a_definition()
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=50), "room for the story"))
    for number, story in enumerate(STORIES):
        worker_id = await world.a_ready_worker(f"worker-{number}")
        await story(world, worker_id, definition_id)
    await _workers_come_and_go(world)
    await _a_worker_is_provisioned(world)
    await _instances_are_taken_in(world)
    await _a_stray_is_left_alone(world)
    await _a_drain_takes_long(world, definition_id)
    await operators_have_a_busy_day(world, await world.a_ready_worker("by-hand"), definition_id)
    await _catalogue_changes(world, template_id, definition_id)
    await _content_changes(world)
    await _subscriptions_come_and_go(world)
    await world.do(BeginAuditExportCommand("export-1", "csv", {}))
    await world.do(EndAuditExportCommand("export-1", 3))
    await _operators_are_told(world)

    emitted = {event for events in world.emitted.values() for event in events}
    missing = sorted(event.wire_name for event in EVENTS if event not in emitted)
    assert missing == []
    unnamed = sorted(
        f"{command} emits {event.wire_name}"
        for command, events in world.emitted.items()
        for event in events
        if command not in re.split(r",\s*", event.emitted_by)
    )
    assert unnamed == []
    assert await world.audit() == []


def test_the_catalogue_names_only_commands_that_exist(world: CommandWorld) -> None:
    commands = {command.__name__ for command in world.mediator.commands}
    named = {name for event in EVENTS for name in re.split(r",\s*", event.emitted_by)}

    assert named - commands == set()


def test_every_event_says_what_it_means_and_who_listens() -> None:
    silent = [entry.name for entry in EVENTS.catalogue() if not (entry.doc and entry.consumed_by and entry.emitted_by)]

    assert silent == []


async def _operators_are_told(world: CommandWorld) -> None:
    kind = NotificationKind.INBOUND_DEAD_LETTERS
    for count in (1, 2):
        condition = Condition(kind, FLEET, NotificationSeverity.WARNING, "inbound events wait for a person", count)
        await world.do(RaiseNotificationCommand(condition))
    told = f"{notification_id(kind, FLEET)}-1"
    await world.do(AcknowledgeNotificationsCommand(AcknowledgeNotifications(ids=(told,))))
    await world.do(ClearNotificationCommand(told))


async def _subscriptions_come_and_go(world: CommandWorld) -> None:
    ask = CreateSubscription(url="https://lms.example.com/hook")
    made = await world.do(create_subscription_command.CreateSubscriptionCommand("lms-1", "lms-1", ask))
    id = made.subscription.id
    await world.do(validate_subscription_command.ValidateSubscriptionCommand(id, None))
    other = ChangeSubscription(url="https://lms.example.com/other", description="moved")
    await world.do(change_subscription_command.ChangeSubscriptionCommand(id, "lms-1", other))
    await world.do(validate_subscription_command.ValidateSubscriptionCommand(id, 60))
    await world.do(pause_subscription_command.PauseSubscriptionCommand(id, "maintenance"))
    await world.do(resume_subscription_command.ResumeSubscriptionCommand(id, "done"))
    await world.do(rotate_subscription_key_command.RotateSubscriptionKeyCommand(id, RotateKey()))
    order = await world.do(request_replay_command.RequestReplayCommand(id))
    result = ReplayResult(order_id=order.id, events=0, finished_at=world.clock.now())
    await world.do(finish_replay_command.FinishReplayCommand(id, result))
    await world.do(end_subscription_command.EndSubscriptionCommand(id, "deleted"))
    for url in ("https://sink.example.com/a", None, "https://sink.example.com/b"):
        await world.do(follow_configured_sink_command.FollowConfiguredSinkCommand(url))


async def _log_in(world: CommandWorld, session_id: str, lds: str) -> None:
    started = SessionStarted(lds_session_id=lds, started_at=world.clock.now(), event=an_event(f"{lds}-in"))
    await world.do(handle_session_started_command.HandleSessionStartedCommand(session_id, started))


async def _take_down(world: CommandWorld, session_id: str) -> None:
    stopped = MarkSessionStopped(proof="lab deleted")
    await world.do(mark_session_stopped_command.MarkSessionStoppedCommand(session_id, stopped))
    await world.do(mark_session_archived_command.MarkSessionArchivedCommand(session_id, MarkSessionArchived()))
    await world.do(complete_termination_command.CompleteTerminationCommand(session_id))


async def _graded(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    session_id = await world.a_ready_session(worker_id, definition_id, "lds-a")
    step = RecordStep(pipeline=PipelineName.INSTANTIATE, step="import", status=StepStatus.COMPLETED, attempts=1)
    await world.do(record_pipeline_step_command.RecordPipelineStepCommand(session_id, step))
    session = await world.session(session_id)
    nodes = ObserveNodes(
        observed_at=world.clock.now(),
        cml_lab_id=session.cml_lab_id or "",
        worker_id=worker_id,
        nodes=(SeenNode(label="r1", state="BOOTED", converged=True),),
    )
    await world.do(ObserveNodesCommand(session_id, nodes))
    await _log_in(world, session_id, "lds-a")
    for _ in range(2):
        world.later(minutes=1)
        paused = SessionPaused(lds_session_id="lds-a", paused_at=world.clock.now())
        await world.do(handle_session_paused_command.HandleSessionPausedCommand(session_id, paused))
    for _ in range(2):
        world.later(minutes=1)
        resumed = SessionResumed(lds_session_id="lds-a", resumed_at=world.clock.now())
        await world.do(handle_session_resumed_command.HandleSessionResumedCommand(session_id, resumed))
    ended = SessionEnded(lds_session_id="lds-a", ended_at=world.clock.now())
    await world.do(handle_session_ended_command.HandleSessionEndedCommand(session_id, ended))
    lab = ObservedResources(
        observed_at=world.clock.now(), nodes=2, running_nodes=2, cpu_cores=2, memory_gb=1, storage_gb=2
    )
    await world.collected(session_id, "r1", "r2", observed=lab)
    submitted = GradingSubmitted(engine_session_id="ge-a", engine_part_id="1")
    await world.do(grading_submitted_command.GradingSubmittedCommand(session_id, submitted))
    await _score(world, session_id, "ge-a")
    await _take_down(world, session_id)


async def _graded_again(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    session_id = await world.a_ready_session(worker_id, definition_id, "lds-again")
    await _log_in(world, session_id, "lds-again")
    await world.do(CollectAndGradeCommand(session_id, "proctor"))
    await world.collected(session_id, "r1")
    await world.do(RecollectLabletSessionCommand(session_id, "a cable was loose"))
    await world.collected(session_id, "r1")
    failed = GradingFailed(error="the engine is away")
    await world.do(grading_failed_command.GradingFailedCommand(session_id, failed))
    await world.do(RegradeLabletSessionCommand(session_id, "the engine is back"))
    await world.do(grading_failed_command.GradingFailedCommand(session_id, failed))


async def _score(world: CommandWorld, session_id: str, engine: str) -> None:
    score = GradingCompleted(
        engine_session_id=engine,
        score=1,
        max_score=1,
        cut_score=1,
        passed=True,
        submitted_at=world.clock.now(),
    )
    await world.do(grading_completed_command.GradingCompletedCommand(session_id, score))


async def _reviewed(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    session_id = await world.a_ready_session(worker_id, definition_id, "lds-b")
    await _log_in(world, session_id, "lds-b")
    await world.do(start_collection_command.StartCollectionCommand(session_id, StartCollection(reason="operator")))
    await world.collected(session_id, "r1", failed=["r2"])
    review = GradingReviewRequested(engine_session_id="ge-b")
    await world.do(grading_review_requested_command.GradingReviewRequestedCommand(session_id, review))
    await _score(world, session_id, "ge-b")


async def _faulted(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    session_id = await world.a_ready_session(worker_id, definition_id, "lds-c")
    await _log_in(world, session_id, "lds-c")
    faulted = SessionFaulted(lds_session_id="lds-c", faulted_at=world.clock.now(), error="part lost")
    await world.do(handle_session_faulted_command.HandleSessionFaultedCommand(session_id, faulted))
    await world.collected(session_id, "r1")
    await world.do(grading_failed_command.GradingFailedCommand(session_id, GradingFailed(error="no rules")))


async def _expired(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    session_id = await world.a_ready_session(worker_id, definition_id, "lds-d")
    no_show = StopSession(outcome=SessionOutcome.NO_SHOW, reason="nobody came")
    await world.do(stop_lablet_session_command.StopLabletSessionCommand(session_id, no_show))


async def _not_placed(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    session_id = await world.a_pending_session(definition_id)
    held = RecordPlacementDecision(decision=world.a_decision(session_id, None, "0/1 workers: 1 capacity"))
    await world.do(record_placement_decision_command.RecordPlacementDecisionCommand(session_id, held))
    await world.schedule(session_id, worker_id)
    off = UnscheduleSession(reason="moved")
    await world.do(unschedule_lablet_session_command.UnscheduleLabletSessionCommand(session_id, off))
    await world.do(terminate_lablet_session_command.TerminateLabletSessionCommand(session_id, "not wanted"))


async def _moved(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    """It began, lost its worker and was placed again: whoever ends it takes it off once more."""
    ways = (
        lambda session_id: stop_lablet_session_command.StopLabletSessionCommand(
            session_id, StopSession(outcome=SessionOutcome.EXPIRED, reason="late")
        ),
        lambda session_id: terminate_lablet_session_command.TerminateLabletSessionCommand(session_id, "not wanted"),
    )
    for number, way in enumerate(ways):
        lost = await world.a_ready_worker(f"lost-{number}")
        session_id = await world.a_pending_session(definition_id)
        await world.schedule(session_id, lost)
        await world.instantiate(session_id)
        gone = WorkerStatusReport(reason="spot")
        await world.do(worker_terminated_command.WorkerTerminatedCommand(lost, gone))
        off = UnscheduleSession(reason="its worker is gone")
        await world.do(unschedule_lablet_session_command.UnscheduleLabletSessionCommand(session_id, off))
        await world.schedule(session_id, worker_id)
        await world.do(way(session_id))
        await _take_down(world, session_id)


async def _refused(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    session_id = await world.a_ready_session(worker_id, definition_id, "lds-e")
    reservation_id = (await world.session(session_id)).reservation_id
    await world.do(CancelReservationCommand(reservation_id, CancelReservation(reason="exam moved")))
    told = InboundEvent(key=an_event("1", "lds.session.unheard_of"))
    keep = KeepInboundEvents(events=(told,), first_look_seconds=1, give_up_seconds=9)
    [kept] = await world.do(KeepInboundEventsCommand(keep))
    dead = InboundVerdict(id=kept.id, status=InboundEventStatus.DEAD_LETTERED, reason="no such type")
    await world.do(SettleInboundEventsCommand(SettleInboundEvents(verdicts=(dead,))))
    await world.do(ReplayInboundEventCommand(kept.id))


async def _promised(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    session_id = await world.a_ready_session(worker_id, definition_id, "lds-f")
    await _log_in(world, session_id, "lds-f")
    session = await world.session(session_id)
    await world.do(ExtendReservationCommand(session.reservation_id, ExtendReservation(minutes=10)))
    until = AdjustOccupation(until=world.clock.now() + timedelta(hours=3), reason="still there")
    await world.do(adjust_occupation_command.AdjustOccupationCommand(session_id, until))
    ending = WarnSessionEnding(ends_at=session.timeslot.end + timedelta(minutes=10))
    await world.do(warn_session_ending_command.WarnSessionEndingCommand(session_id, ending))
    waiting = await world.session(await world.a_pending_session(definition_id))
    next_week = RescheduleReservation(start=world.clock.now() + timedelta(days=7))
    await world.do(RescheduleReservationCommand(waiting.reservation_id, next_week))
    late = await world.a_requested_worker("late")
    await world.do(
        promise_capacity_command.PromiseCapacityCommand(waiting.id, PromiseCapacity(reason="a", worker_id=late))
    )
    risk = ReportPromiseAtRisk(worker_id=late, reason="it is not up")
    await world.do(report_promise_at_risk_command.ReportPromiseAtRiskCommand(waiting.id, risk))
    waiting = await world.session(waiting.id)
    everybody = tuple(worker.id for worker in await world.read.workers.where())
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=0), "no more"))
    other = next(id for id in everybody if id not in (worker_id, waiting.promised_worker_id))
    for request in (PromiseCapacity(reason="a", worker_id=other), PromiseCapacity(reason="b", exclude=everybody)):
        await world.do(promise_capacity_command.PromiseCapacityCommand(waiting.id, request))
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=50), "as before"))


async def _host_lost(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    """Two labs stand on it: one session has begun and waits, then comes back; the other goes elsewhere."""
    working = await world.a_ready_session(worker_id, definition_id, "lds-h")
    await _log_in(world, working, "lds-h")
    invited = await world.a_ready_session(worker_id, definition_id, "lds-i")
    silent = ReportHostLost(cause=HostLossCause.CML_SILENT, reason="no answer", silent_since=world.clock.now())
    await world.do(report_host_lost_command.ReportHostLostCommand(worker_id, silent))
    for session_id in (working, invited):
        await world.do(handle_host_lost_command.HandleHostLostCommand(session_id, SessionHostLost(worker_id=worker_id)))
    world.later(minutes=2)
    up = ReportWorkerHealth(service_status=WorkerServiceStatus.AVAILABLE, reason="answers")
    await world.do(report_worker_health_command.ReportWorkerHealthCommand(worker_id, up))
    gone = LeftoverRemoved(session_id=invited, proof="no such lab")
    await world.do(remove_leftover_command.RemoveLeftoverCommand(worker_id, gone))
    back = SessionRecovered(worker_id=worker_id)
    await world.do(recover_session_command.RecoverSessionCommand(working, back))
    elsewhere = await world.a_ready_worker("elsewhere")
    await world.schedule(invited, elsewhere)
    await world.instantiate(invited)
    ready = MarkSessionReady(
        cml_lab_id="lab-2", lds_session_id="lds-i", login_url="https://lds.example/other", devices=()
    )
    await world.do(mark_session_ready_command.MarkSessionReadyCommand(invited, ready))
    await world.do(set_idle_detection_command.SetIdleDetectionCommand(worker_id, False, "a lesson"))
    await world.do(refresh_worker_command.RefreshWorkerCommand(worker_id, "is it well?"))
    made = await world.do(create_worker_command.CreateWorkerCommand("metal", "one more"))
    stop = SetDesiredStatus(desired_status=WorkerDesiredStatus.TERMINATED, reason="not after all")
    await world.do(set_worker_desired_status_command.SetWorkerDesiredStatusCommand(made.worker_id, stop))


async def _workers_come_and_go(world: CommandWorld) -> None:
    worker_id = await world.a_ready_worker("fleet")
    report = WorkerStatusReport(reason="seen")
    down = ReportWorkerHealth(service_status=WorkerServiceStatus.UNAVAILABLE, reason="502")
    await world.do(report_worker_health_command.ReportWorkerHealthCommand(worker_id, down))
    less = DriftFinding(what=DriftKind.MEMORY, declared="192 GB", measured="128 GB")
    found = ReportWorkerFindings(drift=(less,), maintenance=MaintenanceFinding(at=START, reason="instance-retirement"))
    await world.do(report_worker_findings_command.ReportWorkerFindingsCommand(worker_id, found))
    await world.do(drain_worker_command.DrainWorkerCommand(worker_id, DrainWorker(reason="upgrade")))
    await world.do(cancel_drain_command.CancelDrainCommand(worker_id))
    await world.do(
        update_worker_capacity_command.UpdateWorkerCapacityCommand(
            worker_id, ROOM_FOR_SEVEN.model_copy(update={"nodes": 20}), "licence of 20"
        )
    )
    stop = SetDesiredStatus(desired_status=WorkerDesiredStatus.STOPPED, reason="night")
    await world.do(set_worker_desired_status_command.SetWorkerDesiredStatusCommand(worker_id, stop))
    await world.do(worker_stopped_command.WorkerStoppedCommand(worker_id, report))
    world.later(hours=8)
    await world.do(worker_starting_command.WorkerStartingCommand(worker_id, report))
    await world.do(worker_terminating_command.WorkerTerminatingCommand(worker_id, report))
    await world.do(worker_terminated_command.WorkerTerminatedCommand(worker_id, report))
    failing = await world.a_requested_worker("failing")
    await world.do(worker_failed_command.WorkerFailedCommand(failing, WorkerFailed(reason="no such image")))


async def _instances_are_taken_in(world: CommandWorld) -> None:
    wish = ImportWorker(region="us-east-1", ec2_instance_id="i-a1", template_name="metal", reason="made by hand")
    made = await world.do(import_worker_command.ImportWorkerCommand(wish))
    await world.do(adopt_worker_command.AdoptWorkerCommand(an_instance("i-a1", worker_id=made.worker_id)))
    await world.do(adopt_worker_command.AdoptWorkerCommand(an_instance("i-a2")))
    idle = await world.a_ready_worker("idle")
    retire = RetireWorker(disruption=DisruptionReason.IDLE, reason="nobody needs it")
    await world.do(retire_worker_command.RetireWorkerCommand(idle, retire))


async def _a_stray_is_left_alone(world: CommandWorld) -> None:
    stray = StrayFinding(
        ec2_instance_id="i-a3", region="us-east-1", kind=StrayKind.UNKNOWN, state="running", what_to_do="decide"
    )
    report = ReportStrays(regions=("us-east-1",), looked_at=world.clock.now(), strays=(stray,))
    await world.do(ReportStraysCommand(report))
    await world.do(DecideStrayCommand("i-a3", StrayVerdict.LEAVE, "somebody else's"))


async def _a_drain_takes_long(world: CommandWorld, definition_id: str) -> None:
    worker_id = await world.a_ready_worker("long drain")
    await world.a_ready_session(worker_id, definition_id, "lds-z")
    await world.do(drain_worker_command.DrainWorkerCommand(worker_id, DrainWorker(reason="upgrade", force=True)))
    world.later(hours=4)
    await world.do(pass_drain_deadline_command.PassDrainDeadlineCommand(worker_id))


async def _a_worker_is_provisioned(world: CommandWorld) -> None:
    worker_id = await world.a_requested_worker("provisioned")
    attempts = RecordLaunchAttempts(attempts=(a_launch_attempt(1),))
    await world.do(record_launch_attempts_command.RecordLaunchAttemptsCommand(worker_id, attempts))
    await world.launch(worker_id)
    waits = ReportProvisioning(step=ProvisioningStep.CML, waiting_for="CML to answer")
    await world.do(report_provisioning_command.ReportProvisioningCommand(worker_id, waits))
    await world.make_ready(worker_id)
    wanted = RequestLicense(action=LicenseAction.DEREGISTER, reason="audit")
    await world.do(request_license_command.RequestLicenseCommand(worker_id, wanted))
    settled = SettleLicense(requested_at=world.clock.now(), done=True)
    await world.do(settle_license_command.SettleLicenseCommand(worker_id, settled))


async def _catalogue_changes(world: CommandWorld, template_id: str, definition_id: str) -> None:
    terms = CreateWorkerTemplate.model_validate(
        {
            "name": "metal",
            "region": "us-east-1",
            "instance_type": "m5zn.metal",
            "capacity": ROOM_FOR_SEVEN,
            "license_type": "PERSONAL",
            "cost_per_hour_usd": 9,
        }
    )
    await world.do(UpdateWorkerTemplateCommand(template_id, terms))
    for cost in (1, 2):
        entry = terms.model_copy(update={"name": "from-file", "cost_per_hour_usd": cost})
        await world.do(FollowTemplateFileCommand(entry, f"digest-{cost}"))
    await world.do(
        deprecate_lablet_definition_command.DeprecateLabletDefinitionCommand(definition_id, "replaced by 2.0.0")
    )
    await world.do(archive_lablet_definition_command.ArchiveLabletDefinitionCommand(definition_id, "withdrawn"))


async def _content_changes(world: CommandWorld) -> None:
    """Found in a bucket, proposed and rejected, confirmed, replaced by a policy; checked, and failed at last."""
    name = {"name": "from-a-bucket", "form_qualified_name": "Exam 2", "version_policy": "patch"}
    request = CreateLabletDefinition.model_validate(name)
    first = (await world.do(create_lablet_definition_command.CreateLabletDefinitionCommand(request))).id
    await _found(world, first, TWO_ROUTERS)
    outcomes = (ConsumerOutcome(deployment="east", succeeded=True),)
    refreshed = ConsumerRefreshed(consumer="lds", outcomes=outcomes)
    await world.do(record_consumer_refresh_command.RecordConsumerRefreshCommand(first, refreshed))
    for topology in (TWO_ROUTERS, TWO_ROUTERS.replace("iosv,", "iosvl2,"), TWO_ROUTERS.replace("r2", "r3")):
        await _ask_for_content(world, first)
        await _found(world, first, topology)
        proposal = (await world.read.definitions.get(first)).proposal
        if proposal is not None and "iosvl2" in topology:
            rejection = RejectVersion(content_hash=proposal.content_hash, reason="a draft")
            await world.do(reject_version_command.RejectVersionCommand(first, rejection))
    proposal = (await world.read.definitions.get(first)).proposal
    assert proposal is not None
    confirmation = ConfirmVersion(content_hash=proposal.content_hash)
    second = (await world.do(confirm_version_command.ConfirmVersionCommand(first, confirmation))).id
    await _ask_for_content(world, second)
    await _found(world, second, TWO_ROUTERS.replace("r2", "r3") + "# a comment")
    third = (await world.read.definitions.get(second)).replaced_by
    assert third is not None
    await _ask_for_content(world, third)
    await world.do(report_sync_failed_command.ReportSyncFailedCommand(third, SyncFailed(reason="no such bucket")))


async def _ask_for_content(world: CommandWorld, definition_id: str) -> None:
    request = RequestSync(cause=SyncCause.PERSON)
    await world.do(request_content_sync_command.RequestContentSyncCommand(definition_id, request))


async def _found(world: CommandWorld, definition_id: str, topology: str) -> None:
    content = SyncedContent(topology_yaml=topology, fingerprint="f")
    await world.do(report_synced_content_command.ReportSyncedContentCommand(definition_id, content))


async def _kept_prepared(world: CommandWorld, worker_id: str, definition_id: str) -> None:
    """One lab is taken, one given back, one given up and removed, one fails and spends the budget."""
    policy = WarmPoolPolicy(depth=2, failure_budget=1)
    name = (await world.read.definitions.get(definition_id)).name
    pool = await world.do(
        create_warm_pool_command.CreateWarmPoolCommand(
            CreateWarmPool(definition_name=name, policy=policy, reason="exams")
        )
    )
    more = ChangeWarmPool(policy=policy.model_copy(update={"depth": 3}), reason="more exams")
    await world.do(change_warm_pool_command.ChangeWarmPoolCommand(pool.id, more))

    async def prepare(lab: str) -> None:
        body = PrepareLab(prepared_lab_id=lab, worker_id=worker_id, definition_id=definition_id)
        await world.do(prepare_lab_command.PrepareLabCommand(body))

    await prepare("one")
    ready = LabPrepared(prepared_lab_id="one", worker_id=worker_id, cml_lab_id="cml-1", prepare_seconds=2)
    await world.do(lab_prepared_command.LabPreparedCommand(ready))
    for ends in (True, False):
        session_id = await world.a_pending_session(definition_id)
        await world.schedule(session_id, worker_id)
        if ends:
            await world.do(terminate_lablet_session_command.TerminateLabletSessionCommand(session_id, "not wanted"))
        else:
            await world.instantiate(session_id)
    waiting = await world.a_pending_session(definition_id)
    await world.schedule(waiting, worker_id)
    taken = (await world.session(waiting)).allocated_ports[0].outer
    foreign = ForeignLab(lab_id="f", title="Mine", owner="ada", ports=(taken,))
    await world.do(ReportForeignLabsCommand(worker_id, ReportForeignLabs(labs=(foreign,))))
    await prepare("two")
    old = DiscardPreparedLabs(worker_id=worker_id, prepared_lab_ids=("two",), reason="too old")
    await world.do(discard_prepared_labs_command.DiscardPreparedLabsCommand(old))
    gone = PreparedLabRemoved(prepared_lab_id="two", worker_id=worker_id, proof="no such lab")
    await world.do(prepared_lab_removed_command.PreparedLabRemovedCommand(gone))
    await prepare("three")
    failed = PreparationFailed(prepared_lab_id="three", worker_id=worker_id, reason="CML said no")
    await world.do(preparation_failed_command.PreparationFailedCommand(failed))
    again = change_warm_pool_status_command.ChangeWarmPoolStatusCommand(pool.id, WarmPoolStatus.ACTIVE, "looked at")
    await world.do(again)


STORIES: tuple[Story, ...] = (
    _kept_prepared,
    _graded,
    _graded_again,
    _reviewed,
    _faulted,
    _expired,
    _not_placed,
    _moved,
    _refused,
    _promised,
    _host_lost,
)
