"""A small fleet to which anything may happen in any order, on the real command handlers; it looks for a broken rule."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from control_plane_api.application.commands.lablet_session.adjust_occupation_command import AdjustOccupationCommand
from control_plane_api.application.commands.lablet_session.bind_lab_command import BindLabCommand
from control_plane_api.application.commands.lablet_session.collection_completed_command import (
    CollectionCompletedCommand,
)
from control_plane_api.application.commands.lablet_session.complete_termination_command import (
    CompleteTerminationCommand,
)
from control_plane_api.application.commands.lablet_session.grading_completed_command import GradingCompletedCommand
from control_plane_api.application.commands.lablet_session.grading_failed_command import GradingFailedCommand
from control_plane_api.application.commands.lablet_session.grading_review_requested_command import (
    GradingReviewRequestedCommand,
)
from control_plane_api.application.commands.lablet_session.grading_submitted_command import GradingSubmittedCommand
from control_plane_api.application.commands.lablet_session.handle_session_ended_command import HandleSessionEndedCommand
from control_plane_api.application.commands.lablet_session.handle_session_faulted_command import (
    HandleSessionFaultedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_paused_command import (
    HandleSessionPausedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_resumed_command import (
    HandleSessionResumedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_started_command import (
    HandleSessionStartedCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_archived_command import (
    MarkSessionArchivedCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_ready_command import MarkSessionReadyCommand
from control_plane_api.application.commands.lablet_session.mark_session_stopped_command import MarkSessionStoppedCommand
from control_plane_api.application.commands.lablet_session.promise_capacity_command import PromiseCapacityCommand
from control_plane_api.application.commands.lablet_session.recollect_lablet_session_command import (
    RecollectLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.regrade_lablet_session_command import (
    RegradeLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.schedule_lablet_session_command import (
    ScheduleLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.start_collection_command import StartCollectionCommand
from control_plane_api.application.commands.lablet_session.start_instantiation_command import StartInstantiationCommand
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import StopLabletSessionCommand
from control_plane_api.application.commands.lablet_session.terminate_lablet_session_command import (
    TerminateLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.transition_lablet_session_command import (
    TransitionLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
    UnscheduleLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.warn_session_ending_command import WarnSessionEndingCommand
from control_plane_api.application.commands.reservation.cancel_reservation_command import CancelReservationCommand
from control_plane_api.application.commands.reservation.create_reservation_batch_command import (
    CreateReservationBatchCommand,
)
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.reservation.extend_reservation_command import ExtendReservationCommand
from control_plane_api.application.commands.reservation.reschedule_reservation_command import (
    RescheduleReservationCommand,
)
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.allocate_capacity_command import AllocateCapacityCommand
from control_plane_api.application.commands.worker.cancel_drain_command import CancelDrainCommand
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.commands.worker.release_capacity_command import ReleaseCapacityCommand
from control_plane_api.application.commands.worker.report_worker_health_command import ReportWorkerHealthCommand
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.application.commands.worker.update_worker_capacity_command import UpdateWorkerCapacityCommand
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.application.commands.worker.worker_launched_command import WorkerLaunchedCommand
from control_plane_api.application.commands.worker.worker_ready_command import WorkerReadyCommand
from control_plane_api.application.commands.worker.worker_starting_command import WorkerStartingCommand
from control_plane_api.application.commands.worker.worker_stopped_command import WorkerStoppedCommand
from control_plane_api.application.commands.worker.worker_stopping_command import WorkerStoppingCommand
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.application.commands.worker.worker_terminating_command import WorkerTerminatingCommand
from control_plane_api.application.commands.worker_template.create_worker_template_command import (
    CreateWorkerTemplateCommand,
)
from control_plane_api.application.services.audit_invariants import audit_invariants
from control_plane_api.domain.entities import CMLWorker, LabletSession
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.domain.identities import reservation_id, session_id
from control_plane_api.testing.builders import a_definition, a_session, a_worker
from control_plane_api.testing.memory_store import MemoryStore
from control_plane_api.testing.registered_handlers import RegisteredHandlers, StaleFleet
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.contracts.base import Applied, InboundEventKey
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.contracts.reservations import (
    BatchMode,
    CancelReservation,
    CreateReservation,
    CreateReservationBatch,
    ExtendReservation,
    RescheduleReservation,
    Seat,
)
from lcm_core.contracts.sessions import (
    AdjustOccupation,
    BindLab,
    CollectionCompleted,
    CommandOutput,
    DeviceCollection,
    GradingCompleted,
    GradingFailed,
    GradingReviewRequested,
    GradingSubmitted,
    MarkSessionArchived,
    MarkSessionReady,
    MarkSessionStopped,
    PromiseCapacity,
    ScheduleSession,
    SessionEnded,
    SessionFaulted,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    StartCollection,
    StopSession,
    TransitionSession,
    UnscheduleSession,
    WarnSessionEnding,
)
from lcm_core.contracts.workers import (
    AllocateCapacity,
    DrainWorker,
    ReleaseCapacity,
    ReportWorkerHealth,
    SetDesiredStatus,
    WorkerFailed,
    WorkerLaunched,
    WorkerReady,
    WorkerStatusReport,
)
from lcm_core.domain.enums import (
    LABLET_SESSION_VALID_TRANSITIONS,
    LabletSessionStatus,
    LicenseStatus,
    LicenseType,
    SessionOutcome,
    WorkerDesiredStatus,
    WorkerServiceStatus,
)
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import (
    PlacementDecision,
    PlacementOutcome,
)
from lcm_core.domain.values import Candidate, ResourceVector, WorkerLicense

R = TypeVar("R")
_S = LabletSessionStatus
SESSIONS = tuple(f"s{number}" for number in range(4))
WORKERS = ("w0", "w1")
ROOM_FOR_ONE = ResourceVector(cpu_cores=3, memory_gb=64, storage_gb=400, nodes=40, ports=3)
_DEFINITION_ID = "def-1"
BOOKINGS = tuple(range(4))
BOOKED = tuple(session_id(reservation_id("lms", f"b{number}")) for number in BOOKINGS)
LICENCE = WorkerLicense(type=LicenseType.PERSONAL, status=LicenseStatus.REGISTERED)
NO_LICENCE = WorkerLicense(type=LicenseType.PERSONAL)


_TEMPLATE = CreateWorkerTemplate(
    name="metal",
    region="us-east-1",
    instance_type="m5zn.metal",
    capacity=ROOM_FOR_ONE,
    license_type=LicenseType.PERSONAL,
    cost_per_hour_usd=4.0,
    startup_seconds=600,
)


class BrokenRule(AssertionError):
    """Something happened that must not happen, whatever anybody asks for."""


def _require(kept: bool, rule: str) -> None:
    if not kept:
        raise BrokenRule(rule)


class UnrulyFleet:
    """Four sessions whose slots overlap in part, others that may be booked, and workers with room for one at a time."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self._handlers = RegisteredHandlers(StaleFleet(self.store))
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

        async def begin(uow: Any, ctx: CommandContext) -> None:
            del ctx
            for number, id in enumerate(SESSIONS):
                # Slots that overlap in part: room is shared in time, and overruns happen.
                uow.add(a_session(id=id, stamp=Stamp(at=self.now + number * timedelta(minutes=30), by="booker")))
            for id in WORKERS:
                uow.add(a_worker(id=id, name=id, declared=ROOM_FOR_ONE))
            uow.add(a_definition(id=_DEFINITION_ID))

        self.store.run(self._context(), begin)
        for worker in WORKERS:
            self.worker_up(worker)
        self._run(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=4), "a small fleet"))
        self._run(CreateWorkerTemplateCommand(_TEMPLATE))

    def _run(self, command: Command[R]) -> R:
        handler = self._handlers.of(command)
        return self.store.run(self._context(), lambda uow, ctx: handler.handle(command, uow, ctx))

    def _context(self) -> CommandContext:
        return CommandContext(actor="anybody", correlation_id="c", at=self.now)

    def _do(self, command: Command[Any]) -> bool:
        """Whether it changed anything; a refusal leaves everything as it was."""
        before = dict(self.store.documents)
        try:
            answer = self._run(command)
        except LcmError:
            _require(self.store.documents == before, "a refused command changed something")
            return False
        changed = self.store.documents != before
        if isinstance(answer, Applied):
            _require(answer.applied or not changed, "what changed nothing changed something")
            return answer.applied
        return changed

    # What the services usually do next

    def next_step(self, session: str, worker: str) -> None:
        if f"lablet_session-{session}" not in self.store.documents:
            return
        status = self.store.get(LabletSession, session).state.status
        steps: dict[LabletSessionStatus, Callable[[], None]] = {
            _S.PENDING: lambda: self.schedule(session, worker),
            _S.SCHEDULED: lambda: self.instantiate(session),
            _S.INSTANTIATING: lambda: self.mark_ready(session),
            _S.READY: lambda: self.log_in(session, "e1"),
            _S.RUNNING: lambda: self.finish(session, "e2"),
            _S.COLLECTING: lambda: self.collect(session, 1),
            _S.GRADING: lambda: self.score(session),
            _S.STOPPING: lambda: self.lab_gone(session),
            _S.STOPPED: lambda: self.archived(session),
            _S.ARCHIVED: lambda: self.complete(session),
            _S.TERMINATED: lambda: None,
        }
        steps[status]()

    def worker_up(self, worker: str) -> None:
        self.launched(worker)
        self.worker_ready(worker, LICENCE)

    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    # Bookings

    def book(self, number: int, in_minutes: int | None, minutes: int) -> None:
        start = None if in_minutes is None else self.now + timedelta(minutes=in_minutes)
        request = CreateReservation(
            definition_id=_DEFINITION_ID,
            candidate=Candidate(username="ada"),
            start=start,
            duration_minutes=minutes,
            external_id=f"b{number}",
        )
        self._do(CreateReservationCommand("lms", request))

    def book_class(self, seats: int, in_minutes: int, mode: BatchMode) -> None:
        request = CreateReservationBatch(
            definition_id=_DEFINITION_ID,
            start=self.now + timedelta(minutes=in_minutes),
            duration_minutes=60,
            seats=tuple(Seat(candidate=Candidate(username=f"learner-{n}")) for n in range(seats)),
            mode=mode,
        )
        self._do(CreateReservationBatchCommand("lms", request))

    def reschedule(self, number: int, in_minutes: int) -> None:
        request = RescheduleReservation(start=self.now + timedelta(minutes=in_minutes))
        self._do(RescheduleReservationCommand(reservation_id("lms", f"b{number}"), request))

    def extend(self, number: int, minutes: int) -> None:
        self._do(ExtendReservationCommand(reservation_id("lms", f"b{number}"), ExtendReservation(minutes=minutes)))

    def cancel(self, number: int) -> None:
        request = CancelReservation(reason="not wanted")
        self._do(CancelReservationCommand(reservation_id("lms", f"b{number}"), request))

    def promise(self, session: str, worker: str | None, exclude: tuple[str, ...] = ()) -> None:
        request = PromiseCapacity(reason="looked after", worker_id=worker, exclude=exclude)
        self._do(PromiseCapacityCommand(session, request))

    def overrun(self, session: str, minutes: int) -> None:
        request = AdjustOccupation(until=self.now + timedelta(minutes=minutes), reason="still there")
        self._do(AdjustOccupationCommand(session, request))

    def warn(self, session: str) -> None:
        known = self.store.documents.get(f"lablet_session-{session}")
        if known is not None:
            ends_at = self.store.get(LabletSession, session).state.timeslot.end
            self._do(WarnSessionEndingCommand(session, WarnSessionEnding(ends_at=ends_at)))

    def wake(self, number: int) -> None:
        """Bring up one of the workers that admission planned."""
        planned = sorted(worker.id for worker in self.store.all(CMLWorker) if worker.id not in WORKERS)
        if planned:
            worker = planned[number % len(planned)]
            self.desire(worker, WorkerDesiredStatus.RUNNING, False)
            self.worker_up(worker)

    def crash_and_replay(self) -> None:
        """Everything that is not the log is lost and made from it again."""
        replayed = self.store.replayed()
        _require(replayed == self.store.documents, "replay and stored state differ")
        self.store.documents = replayed

    # Anything, at any time

    def schedule(self, session: str, worker: str) -> None:
        decision = PlacementDecision(
            id=uuid4().hex,
            session_id=session,
            at=self.now,
            outcome=PlacementOutcome.ASSIGN,
            worker_id=worker,
            summary="",
            engine_version="t",
        )
        self._do(ScheduleLabletSessionCommand(session, ScheduleSession(worker_id=worker, decision=decision)))

    def unschedule(self, session: str) -> None:
        self._do(UnscheduleLabletSessionCommand(session, UnscheduleSession(reason="moved")))

    def instantiate(self, session: str) -> None:
        self._do(StartInstantiationCommand(session))

    def bind(self, session: str, lab: str) -> None:
        self._do(BindLabCommand(session, BindLab(cml_lab_id=lab)))

    def mark_ready(self, session: str) -> None:
        ready = MarkSessionReady(cml_lab_id="lab-1", lds_session_id=f"lds-{session}", login_url="u", devices=())
        self._do(MarkSessionReadyCommand(session, ready))

    def log_in(self, session: str, event: str) -> None:
        key = InboundEventKey(source=session, id=event, type="t")
        started = SessionStarted(lds_session_id=f"lds-{session}", started_at=self.now, event=key)
        self._do(HandleSessionStartedCommand(session, started))

    def finish(self, session: str, event: str) -> None:
        key = InboundEventKey(source=session, id=event, type="t")
        ended = SessionEnded(lds_session_id=f"lds-{session}", ended_at=self.now, event=key)
        self._do(HandleSessionEndedCommand(session, ended))

    def fault(self, session: str) -> None:
        faulted = SessionFaulted(lds_session_id=f"lds-{session}", faulted_at=self.now, error="part lost")
        self._do(HandleSessionFaultedCommand(session, faulted))

    def pause(self, session: str, minutes: int) -> None:
        at = self.now + timedelta(minutes=minutes)
        self._do(HandleSessionPausedCommand(session, SessionPaused(lds_session_id=f"lds-{session}", paused_at=at)))

    def resume(self, session: str, minutes: int) -> None:
        at = self.now + timedelta(minutes=minutes)
        self._do(HandleSessionResumedCommand(session, SessionResumed(lds_session_id=f"lds-{session}", resumed_at=at)))

    def review(self, session: str) -> None:
        self._do(GradingReviewRequestedCommand(session, GradingReviewRequested(engine_session_id="ge")))

    def start_collection(self, session: str) -> None:
        self._do(StartCollectionCommand(session, StartCollection(reason="timeslot_end")))

    def collect(self, session: str, read: int) -> None:
        output = (CommandOutput(command="show run", output="x", collected_at=self.now),)
        devices = tuple(
            DeviceCollection(node_label=f"r{n}", node_definition="iosv", outputs=output if n < read else ())
            for n in range(2)
        )
        evidence = CollectionCompleted(devices=devices, collected_at=self.now)
        self._do(CollectionCompletedCommand(session, evidence))

    def submitted(self, session: str) -> None:
        request = GradingSubmitted(engine_session_id="ge", engine_part_id="1")
        self._do(GradingSubmittedCommand(session, request))

    def score(self, session: str) -> None:
        request = GradingCompleted(
            engine_session_id="ge", score=1, max_score=1, cut_score=1, passed=True, submitted_at=self.now
        )
        self._do(GradingCompletedCommand(session, request))

    def regrade(self, session: str) -> None:
        self._do(RegradeLabletSessionCommand(session, "the rules were wrong"))

    def recollect(self, session: str) -> None:
        self._do(RecollectLabletSessionCommand(session, "once more"))

    def grading_failed(self, session: str) -> None:
        self._do(GradingFailedCommand(session, GradingFailed(error="timed out")))

    def stop(self, session: str, outcome: SessionOutcome) -> None:
        self._do(StopLabletSessionCommand(session, StopSession(outcome=outcome, reason="stop")))

    def terminate(self, session: str) -> None:
        self._do(TerminateLabletSessionCommand(session, "gone"))

    def override(self, session: str, to: LabletSessionStatus) -> None:
        self._do(TransitionLabletSessionCommand(session, TransitionSession(target=to, reason="by hand")))

    def lab_gone(self, session: str) -> None:
        self._do(MarkSessionStoppedCommand(session, MarkSessionStopped(proof="deleted")))

    def archived(self, session: str) -> None:
        self._do(MarkSessionArchivedCommand(session, MarkSessionArchived()))

    def complete(self, session: str) -> None:
        self._do(CompleteTerminationCommand(session))

    def launched(self, worker: str) -> None:
        request = WorkerLaunched(ec2_instance_id=f"i-{worker}", ami_id="a", ami_name="CML-2.9")
        self._do(WorkerLaunchedCommand(worker, request))

    def worker_ready(self, worker: str, license: WorkerLicense) -> None:
        request = WorkerReady(private_ip="127.10.0.4", cml_version="2.9", license=license, measured=ROOM_FOR_ONE)
        self._do(WorkerReadyCommand(worker, request))

    def health(self, worker: str, status: WorkerServiceStatus) -> None:
        self._do(ReportWorkerHealthCommand(worker, ReportWorkerHealth(service_status=status)))

    def drain(self, worker: str, force: bool) -> None:
        had = self.store.get(CMLWorker, worker).state.allocations
        changed = self._do(
            DrainWorkerCommand(worker, DrainWorker(reason="drain", force=force)),
        )
        live = [each for each in had if each.interval.start < self.now + timedelta(hours=1)]
        _require(force or not (changed and live), "a worker with live sessions was drained")

    def cancel_drain(self, worker: str) -> None:
        self._do(CancelDrainCommand(worker))

    def desire(self, worker: str, desired: WorkerDesiredStatus, force: bool) -> None:
        request = SetDesiredStatus(desired_status=desired, reason="wanted", force=force)
        self._do(SetWorkerDesiredStatusCommand(worker, request))

    def observe(self, worker: str, fact: str) -> None:
        commands = {
            "starting": WorkerStartingCommand,
            "stopping": WorkerStoppingCommand,
            "stopped": WorkerStoppedCommand,
            "terminating": WorkerTerminatingCommand,
            "terminated": WorkerTerminatedCommand,
        }
        self._do(commands[fact](worker, WorkerStatusReport(reason="seen")))

    def fail(self, worker: str) -> None:
        self._do(WorkerFailedCommand(worker, WorkerFailed(reason="broken")))

    def release(self, worker: str, session: str) -> None:
        self._do(ReleaseCapacityCommand(worker, ReleaseCapacity(session_id=session)))

    def allocate(self, worker: str, session: str) -> None:
        self._do(AllocateCapacityCommand(worker, AllocateCapacity(session_id=session)))

    def declare(self, worker: str, cpu_cores: int) -> None:
        declared = ROOM_FOR_ONE.model_copy(update={"cpu_cores": cpu_cores})
        self._do(UpdateWorkerCapacityCommand(worker, declared, "resized"))

    def every_step_was_in_the_table(self) -> None:
        for session in self.store.all(LabletSession):
            path = [change.target for change in session.state.state_history]
            _require(path[0] is _S.PENDING and path[-1] is session.state.status, "the history lies")
            for source, target in itertools.pairwise(path):
                _require(target in LABLET_SESSION_VALID_TRANSITIONS[source], f"{source} to {target}")

    def the_log_keeps_the_promises(self) -> None:
        findings = self.store.audit(audit_invariants())
        _require(not findings, str(findings))

    def everything_ends_clean(self) -> None:
        _require(self.store.replayed() == self.store.documents, "replay and stored state differ")
        for session in [each.id for each in self.store.all(LabletSession)]:
            self.terminate(session)
            self.lab_gone(session)
            self.archived(session)
            self.complete(session)
            ended = self.store.get(LabletSession, session).state.status is _S.TERMINATED
            _require(ended, f"{session} does not end")
        empty = all(not worker.state.allocations for worker in self.store.all(CMLWorker))
        _require(empty, "room is held by nobody")
        self.the_log_keeps_the_promises()
