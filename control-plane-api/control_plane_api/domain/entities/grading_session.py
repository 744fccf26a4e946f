"""A grading session: the way of a session's evidence to a score."""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import grading_session_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.enums import GradingSessionStatus
from lcm_core.domain.errors import Conflict
from lcm_core.domain.transitions import GRADING_SESSION_VALID_TRANSITIONS

_G = GradingSessionStatus


class GradingSessionState(BaseModel):
    """Fields of GradingSessionReadModel."""

    lablet_session_id: str
    form_qualified_name: str
    status: GradingSessionStatus
    engine_session_id: str | None = None
    engine_part_id: str | None = None
    device_count: int = 0
    devices_missing: tuple[str, ...] = ()
    started_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    error: str = ""
    attempt: int = 1
    reason: str = ""
    created_at: AwareDatetime


class GradingSession(AggregateRoot[GradingSessionState]):
    """Methods that answer bool say whether anything changed."""

    kind = "grading_session"
    collection = "grading_sessions"

    @classmethod
    def create(
        cls,
        id: str,
        lablet_session_id: str,
        form_qualified_name: str,
        stamp: Stamp,
        *,
        attempt: int = 1,
        reason: str = "",
    ) -> Self:
        """*reason* says why there is another *attempt* than the first."""
        created = cls(id)
        created.record(
            events.GradingSessionCreatedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                lablet_session_id=lablet_session_id,
                form_qualified_name=form_qualified_name,
                attempt=attempt,
                reason=reason,
            )
        )
        return created

    @property
    def is_over(self) -> bool:
        return not GRADING_SESSION_VALID_TRANSITIONS[self.state.status]

    def start_collection(self, stamp: Stamp) -> None:
        self._require(_G.COLLECTING)
        self.record(events.GradingSessionCollectionStartedDomainEvent(at=stamp.at, by=stamp.by))

    def store_evidence(self, device_count: int, devices_missing: tuple[str, ...], stamp: Stamp) -> None:
        """The evidence is in; it is submitted next."""
        self._require(_G.GRADING)
        self.record(
            events.GradingSessionEvidenceStoredDomainEvent(
                at=stamp.at, by=stamp.by, device_count=device_count, devices_missing=devices_missing
            )
        )

    def submitted(self, engine_session_id: str, engine_part_id: str | None, stamp: Stamp) -> bool:
        """The engine took it; told again, it changes nothing. Raises Conflict for a second engine id."""
        self.require_engine_session(engine_session_id)
        if self.is_over or self.state.engine_session_id is not None:
            return False
        self._require(_G.GRADING)
        self.record(
            events.GradingSessionSubmittedDomainEvent(
                at=stamp.at, by=stamp.by, engine_session_id=engine_session_id, engine_part_id=engine_part_id
            )
        )
        return True

    def require_engine_session(self, engine_session_id: str) -> None:
        """Raises Conflict when the evidence went to the engine under another id."""
        known = self.state.engine_session_id
        if known is not None and known != engine_session_id:
            raise Conflict(
                f"Session {self.state.lablet_session_id!r} is graded as {known!r}, not as {engine_session_id!r}.",
                code="other-grading-session",
                facts={"engine_session_id": known, "offered": engine_session_id},
            )

    def request_review(self, stamp: Stamp) -> bool:
        if self.is_over or self.state.status is _G.REVIEWING:
            return False
        self._require(_G.REVIEWING)
        self.record(events.GradingSessionReviewRequestedDomainEvent(at=stamp.at, by=stamp.by))
        return True

    def scored(self, score_report_id: str, stamp: Stamp) -> bool:
        if self.is_over:
            return False
        self._require(_G.SUBMITTED)
        self.record(events.GradingSessionScoredDomainEvent(at=stamp.at, by=stamp.by, score_report_id=score_report_id))
        return True

    def fault(self, error: str, stamp: Stamp) -> bool:
        if self.is_over:
            return False
        self._require(_G.FAULTED)
        self.record(events.GradingSessionFaultedDomainEvent(at=stamp.at, by=stamp.by, error=error))
        return True

    def _require(self, target: GradingSessionStatus) -> None:
        require_transition(self.kind, self.id, GRADING_SESSION_VALID_TRANSITIONS, self.state.status, target)

    @when(events.GradingSessionCreatedDomainEvent)
    def _created(self, event: events.GradingSessionCreatedDomainEvent) -> None:
        self.state = GradingSessionState(
            status=_G.PENDING,
            lablet_session_id=event.lablet_session_id,
            form_qualified_name=event.form_qualified_name,
            attempt=event.attempt,
            reason=event.reason,
            created_at=event.at,
        )

    @when(events.GradingSessionCollectionStartedDomainEvent)
    def _collection_started(self, event: events.GradingSessionCollectionStartedDomainEvent) -> None:
        self.state.status = _G.COLLECTING
        self.state.started_at = event.at

    @when(events.GradingSessionEvidenceStoredDomainEvent)
    def _evidence_stored(self, event: events.GradingSessionEvidenceStoredDomainEvent) -> None:
        self.state.device_count = event.device_count
        self.state.devices_missing = event.devices_missing

    @when(events.GradingSessionSubmittedDomainEvent)
    def _submitted(self, event: events.GradingSessionSubmittedDomainEvent) -> None:
        self.state.status = _G.GRADING
        self.state.engine_session_id = event.engine_session_id
        self.state.engine_part_id = event.engine_part_id

    @when(events.GradingSessionReviewRequestedDomainEvent)
    def _review_requested(self, event: events.GradingSessionReviewRequestedDomainEvent) -> None:
        del event
        self.state.status = _G.REVIEWING

    @when(events.GradingSessionScoredDomainEvent)
    def _scored(self, event: events.GradingSessionScoredDomainEvent) -> None:
        self.state.status = _G.SUBMITTED
        self.state.completed_at = event.at

    @when(events.GradingSessionFaultedDomainEvent)
    def _faulted(self, event: events.GradingSessionFaultedDomainEvent) -> None:
        self.state.status = _G.FAULTED
        self.state.completed_at = event.at
        self.state.error = event.error
