"""What the far ends tell us, by CloudEvent type. Unknown keys are tolerated: they are other people's schemas."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field

from lcm_core.clock import Clock
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import InboundEvent
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import ScoreSection

BEFORE_READY = frozenset(
    {LabletSessionStatus.PENDING, LabletSessionStatus.SCHEDULED, LabletSessionStatus.INSTANTIATING}
)
"""Nobody can have logged in yet, as far as our record goes; what tells otherwise came early."""

BEFORE_GRADING = BEFORE_READY | {
    LabletSessionStatus.READY,
    LabletSessionStatus.RUNNING,
    LabletSessionStatus.COLLECTING,
}
"""Nothing can have been graded yet, as far as our record goes."""

Identifier = Annotated[str, Field(min_length=1, max_length=200)]


def moment_of(event: InboundEvent, told: datetime | None, clock: Clock) -> datetime:
    """When it happened: as its data says, else when it was made, else when it came."""
    return told or event.time or clock.now()


Handler = Callable[[InboundEvent], Awaitable[Applied]]
"""Applies an event of one type. Raises ValidationError for data that says something else than it should."""


class NotYetApplicable(Exception):
    """The event is right but early: it is applied when its session gets there."""

    def __init__(self, session_id: str, why: str) -> None:
        super().__init__(why)
        self.session_id = session_id
        self.why = why


class EventData(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class LdsSessionData(EventData):
    """``auth_id`` is the name under which we booked: our session id."""

    session_id: Identifier
    auth_id: Identifier | None = None


class LdsSessionStartedData(LdsSessionData):
    started_at: AwareDatetime | None = None


class LdsSessionPausedData(LdsSessionData):
    paused_at: AwareDatetime | None = None


class LdsSessionResumedData(LdsSessionData):
    resumed_at: AwareDatetime | None = None


class LdsSessionFaultedData(LdsSessionData):
    faulted_at: AwareDatetime | None = None
    error: Annotated[str, Field(validation_alias=AliasChoices("error", "error_message", "reason"))] = (
        "the delivery system gave no reason"
    )


class LdsSessionEndedData(LdsSessionData):
    ended_at: AwareDatetime | None = None
    reason: str = ""


class GradingData(EventData):
    """``external_id`` is the name under which we submitted: our session id."""

    grading_session_id: Identifier
    part: Annotated[str | None, Field(max_length=200, coerce_numbers_to_str=True)] = None
    """Which part of the grading session it is about: each attempt at grading is one."""
    lablet_session_id: Annotated[Identifier, Field(validation_alias=AliasChoices("lablet_session_id", "external_id"))]


class GradingReviewData(GradingData):
    """The engine knows more about the review; that there is one is all that counts here."""


class GradingCompletedData(GradingData):
    score: float
    max_score: Annotated[float, Field(ge=0)]
    cut_score: float
    passed: bool
    sections: tuple[ScoreSection, ...] = ()
    report_url: str | None = None
    submitted_at: Annotated[
        AwareDatetime | None, Field(validation_alias=AliasChoices("submitted_at", "graded_at", "completed_at"))
    ] = None


class GradingFailedData(GradingData):
    error: Annotated[str, Field(validation_alias=AliasChoices("error", "error_message"))] = "the grading engine failed"
