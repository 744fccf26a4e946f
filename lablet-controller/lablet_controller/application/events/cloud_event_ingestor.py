"""Applies inbound CloudEvents to sessions, each once, through control-plane-api."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from pydantic import ValidationError

from lablet_controller.application.events.inbound_events import (
    GradingCompletedData,
    GradingFailedData,
    InboundEvent,
    LdsSessionEndedData,
    LdsSessionStartedData,
    data_for_dead_letter,
)
from lablet_controller.application.ports.lds import Lds, LdsProgress
from lcm_core.clock import Clock
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import DeadLetter
from lcm_core.contracts.sessions import (
    GradingCompleted,
    GradingFailed,
    SessionEnded,
    SessionStarted,
    StopSession,
)
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome
from lcm_core.domain.errors import (
    Conflict,
    DomainError,
    FarEndError,
    IllegalTransition,
    InvalidInput,
    NotFound,
    VersionConflict,
)
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)
_received = meter("lablet_controller").create_counter(
    "lcm_inbound_events_total", description="Inbound CloudEvents by type and by what became of them."
)


_BEFORE_READY = frozenset(
    {LabletSessionStatus.PENDING, LabletSessionStatus.SCHEDULED, LabletSessionStatus.INSTANTIATING}
)


class Fate(StrEnum):
    """What became of an event."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    DEAD_LETTERED = "dead_lettered"


@dataclass(frozen=True, slots=True)
class Verdict:
    fate: Fate
    why: str = ""


class NotYetApplicable(FarEndError):
    """The event is right but early: its sender should bring it again."""

    def __init__(self, event: InboundEvent, why: str) -> None:
        super().__init__(
            "lcm", f"{event.key.type} {event.key.id} came early: {why}.", retryable=True, code="event-early"
        )


Handler = Callable[[InboundEvent], Awaitable[Applied]]


class LabletCloudEventIngestor:
    """Stateless, and not bound to leadership: control-plane-api applies each (source, id) once.

    ``ingest`` returns only when the event's effect is durable, or when it is certain that it will never have one.
    """

    def __init__(self, control_plane: ControlPlaneApiClient, lds: Lds, clock: Clock) -> None:
        self._sessions = control_plane.sessions
        self._dead_letters = control_plane.inbound_events
        self._lds = lds
        self._clock = clock
        self._handlers: Mapping[str, Handler] = {
            "lds.session.started": self._lds_session_started,
            "lds.session.ended": self._lds_session_ended,
            "grading.session.completed": self._grading_completed,
            "grading.session.failed": self._grading_failed,
        }

    @property
    def types(self) -> tuple[str, ...]:
        """Event types that change something here."""
        return tuple(self._handlers)

    async def ingest(self, event: InboundEvent) -> Verdict:
        """Raises a retryable ``FarEndError`` when the event could not be dealt with now: it must come again."""
        verdict = await self._dispatch(event)
        known = event.key.type if event.key.type in self._handlers else "other"
        _received.add(1, {"type": known, "fate": verdict.fate.value})
        level = log.warning if verdict.fate is Fate.DEAD_LETTERED else log.info
        level(
            "inbound_event",
            event_source=event.key.source,
            event_id=event.key.id,
            event_type=event.key.type,
            fate=verdict.fate.value,
            why=verdict.why,
        )
        return verdict

    async def _dispatch(self, event: InboundEvent) -> Verdict:
        handler = self._handlers.get(event.key.type)
        if handler is None:
            return Verdict(Fate.IGNORED, "nothing here listens to this type")
        try:
            applied = await handler(event)
        except ValidationError as error:
            return await self._dead_letter(event, f"its data is not valid: {_told(error)}")
        except NotFound as error:
            return Verdict(Fate.IGNORED, f"unknown session: {error.message}")
        except IllegalTransition as error:
            if error.source in _BEFORE_READY:
                raise NotYetApplicable(event, f"session {error.id} is {error.source}") from error
            return await self._dead_letter(event, error.message)
        except VersionConflict as error:
            raise NotYetApplicable(event, "the session is being changed by others") from error
        except (DomainError, InvalidInput, Conflict) as error:
            return await self._dead_letter(event, error.message)
        return Verdict(Fate.APPLIED if applied.applied else Fate.UNCHANGED, applied.why)

    async def _dead_letter(self, event: InboundEvent, reason: str) -> Verdict:
        await self._dead_letters.dead_letter(
            DeadLetter(
                source=event.key.source,
                id=event.key.id,
                type=event.key.type,
                subject=event.subject,
                data=data_for_dead_letter(event.data),
                reason=reason[:2000],
                received_at=self._clock.now(),
            )
        )
        return Verdict(Fate.DEAD_LETTERED, reason)

    async def _lds_session_started(self, event: InboundEvent) -> Applied:
        data = LdsSessionStartedData.model_validate(event.data)
        session = await self._session_of(event, data)
        body = SessionStarted(
            lds_session_id=data.session_id, started_at=self._when(event, data.started_at), event=event.key
        )
        return await self._sessions.notify_session_started(session.id, body)

    async def _lds_session_ended(self, event: InboundEvent) -> Applied:
        data = LdsSessionEndedData.model_validate(event.data)
        session = await self._session_of(event, data)
        ended_at = self._when(event, data.ended_at)
        if session.status is LabletSessionStatus.READY:
            refused = await self._catch_up_with_login(session, data, event)
            if refused is not None:
                return refused
        body = SessionEnded(
            lds_session_id=data.session_id, ended_at=ended_at, reason=data.reason[:2000], event=event.key
        )
        return await self._sessions.notify_session_ended(session.id, body)

    async def _catch_up_with_login(
        self, session: LabletSessionReadModel, data: LdsSessionEndedData, event: InboundEvent
    ) -> Applied | None:
        """An end without a login: either the login's event is late, or nobody logged in; LDS knows which."""
        info = await self._lds.find_session(session.id)
        if info is not None and info.progress is LdsProgress.ENDED and info.started_at is None:
            reason = (
                f"the delivery system closed the session before the learner came: {data.reason or 'no reason given'}"
            )
            return await self._sessions.stop(session.id, StopSession(outcome=SessionOutcome.NO_SHOW, reason=reason))
        started_at = (info.started_at if info else None) or self._when(event, data.ended_at)
        body = SessionStarted(lds_session_id=data.session_id, started_at=started_at)
        await self._sessions.notify_session_started(session.id, body)
        return None

    async def _grading_completed(self, event: InboundEvent) -> Applied:
        data = GradingCompletedData.model_validate(event.data)
        body = GradingCompleted(
            engine_session_id=data.grading_session_id,
            score=data.score,
            max_score=data.max_score,
            cut_score=data.cut_score,
            passed=data.passed,
            sections=data.sections,
            report_url=data.report_url or "",
            submitted_at=self._when(event, data.submitted_at),
            event=event.key,
        )
        return await self._sessions.grading_completed(data.lablet_session_id, body)

    async def _grading_failed(self, event: InboundEvent) -> Applied:
        data = GradingFailedData.model_validate(event.data)
        body = GradingFailed(engine_session_id=data.grading_session_id, error=data.error[:2000], event=event.key)
        return await self._sessions.grading_failed(data.lablet_session_id, body)

    async def _session_of(
        self, event: InboundEvent, data: LdsSessionStartedData | LdsSessionEndedData
    ) -> LabletSessionReadModel:
        """By LDS's id; by our own, which LDS repeats, while LDS's is not recorded yet."""
        try:
            return await self._sessions.get_by_lds_session(data.session_id)
        except NotFound:
            if data.auth_id is None:
                raise
        session = await self._sessions.get(data.auth_id)
        if session.status in _BEFORE_READY:
            raise NotYetApplicable(event, f"session {session.id} is {session.status.value}")
        return session

    def _when(self, event: InboundEvent, told: Any) -> Any:
        return told or event.time or self._clock.now()


def _told(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()[:10])
