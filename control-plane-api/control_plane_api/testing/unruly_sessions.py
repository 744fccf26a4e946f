"""Whatever may be told of sessions, or asked of them, at any time."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

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
from control_plane_api.domain.entities import LabletSession
from control_plane_api.testing.unruly_record import UnrulyRecord
from lcm_core.contracts.base import InboundEventKey
from lcm_core.contracts.sessions import (
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
)
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome
from lcm_core.domain.read_models import PlacementDecision, PlacementOutcome


class UnrulySessions(UnrulyRecord):
    """Each is one command."""

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
        known = f"lablet_session-{session}" in self.store.documents
        lab = self.store.get(LabletSession, session).state.cml_lab_id if known else None
        ready = MarkSessionReady(cml_lab_id=lab or "lab-1", lds_session_id=f"lds-{session}", login_url="u", devices=())
        self._do(MarkSessionReadyCommand(session, ready))

    def regrade(self, session: str) -> None:
        self._do(RegradeLabletSessionCommand(session, "the rules were wrong"))

    def recollect(self, session: str) -> None:
        self._do(RecollectLabletSessionCommand(session, "once more"))

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
