"""What the far ends tell us, by CloudEvent type. Unknown keys are tolerated: they are other people's schemas."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from lcm_core.contracts.base import InboundEventKey
from lcm_core.domain.read_models import ScoreSection

Identifier = Annotated[str, Field(min_length=1, max_length=200)]


class InboundEvent(BaseModel):
    """A CloudEvent as received: identity, type, and data that has not been looked at yet."""

    model_config = ConfigDict(frozen=True)

    key: InboundEventKey
    subject: str = ""
    time: AwareDatetime | None = None
    data: JsonValue = None


class EventData(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class LdsSessionStartedData(EventData):
    session_id: Identifier
    auth_id: Identifier | None = None
    started_at: AwareDatetime | None = None


class LdsSessionEndedData(EventData):
    session_id: Identifier
    auth_id: Identifier | None = None
    ended_at: AwareDatetime | None = None
    reason: str = ""


class _GradingData(EventData):
    """``external_id`` is the name under which we submitted: our session id."""

    grading_session_id: Identifier
    lablet_session_id: Annotated[Identifier, Field(validation_alias=AliasChoices("lablet_session_id", "external_id"))]


class GradingCompletedData(_GradingData):
    score: float
    max_score: Annotated[float, Field(ge=0)]
    cut_score: float
    passed: bool
    sections: tuple[ScoreSection, ...] = ()
    report_url: str | None = None
    submitted_at: Annotated[
        AwareDatetime | None, Field(validation_alias=AliasChoices("submitted_at", "graded_at", "completed_at"))
    ] = None


class GradingFailedData(_GradingData):
    error: Annotated[str, Field(validation_alias=AliasChoices("error", "error_message"))] = "the grading engine failed"


def data_for_dead_letter(data: JsonValue) -> dict[str, Any]:
    return data if isinstance(data, dict) else {"value": data}
