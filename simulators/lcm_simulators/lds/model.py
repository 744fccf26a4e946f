"""What LDS knows of a session."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class SessionState(StrEnum):
    """State of a lab session, as on the wire."""

    EMPTY = "SESSION_EMPTY"
    PENDING = "SESSION_PENDING"
    PRELAUNCH = "SESSION_PRELAUNCH"
    RUNNING = "SESSION_RUNNING"
    PAUSED = "SESSION_PAUSED"
    USER_FINISHED = "SESSION_USER_FINISHED"
    ARCHIVED = "SESSION_ARCHIVED"


# Re-entering a state is not listed: a repeated call that changes nothing succeeds.
TRANSITIONS: dict[SessionState, frozenset[SessionState]] = {
    SessionState.EMPTY: frozenset({SessionState.PENDING, SessionState.ARCHIVED}),
    SessionState.PENDING: frozenset(
        {
            SessionState.EMPTY,
            SessionState.PRELAUNCH,
            SessionState.RUNNING,
            SessionState.USER_FINISHED,
            SessionState.ARCHIVED,
        }
    ),
    SessionState.PRELAUNCH: frozenset(
        {SessionState.EMPTY, SessionState.RUNNING, SessionState.USER_FINISHED, SessionState.ARCHIVED}
    ),
    SessionState.RUNNING: frozenset({SessionState.PAUSED, SessionState.USER_FINISHED, SessionState.ARCHIVED}),
    SessionState.PAUSED: frozenset({SessionState.RUNNING, SessionState.USER_FINISHED, SessionState.ARCHIVED}),
    SessionState.USER_FINISHED: frozenset({SessionState.ARCHIVED}),
    SessionState.ARCHIVED: frozenset(),
}


class PartState(StrEnum):
    """State of a session part, as on the wire."""

    PENDING = "SESSION_PART_PENDING"
    RUNNING = "SESSION_PART_RUNNING"
    PAUSED = "SESSION_PART_PAUSED"
    FINISHED = "SESSION_PART_FINISHED"


class EndReason(StrEnum):
    """Why a session ended."""

    USER_FINISHED = "user_finished"
    TIME_EXPIRED = "time_expired"
    FORCE_FINISHED = "force_finished"
    RELEASED = "released"
    FAULTED = "faulted"


class WireModel(BaseModel):
    """A body that may hold nothing but its fields."""

    model_config = ConfigDict(extra="forbid")


class Variable(WireModel):
    """A name and its value, given to the content."""

    name: str = Field(min_length=1)
    value: str


class Device(WireModel):
    """How a learner reaches one device."""

    device_label: str = Field(min_length=1)
    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    protocol: Literal["console", "http", "https", "rdp", "serial", "ssh", "telnet", "vnc"]
    username: str | None = None
    password: str | None = None


class Timer(BaseModel):
    """When a part warns and ends; null until it runs."""

    warning_at: datetime | None = None
    min_ends_at: datetime | None = None
    max_ends_at: datetime | None = None


class SessionPart(BaseModel):
    """A part of a session, numbered from 1 by its place."""

    repository_type: str = "minio"
    form_qualified_name: str
    variables: list[Variable] = []
    devices: list[Device] = []
    session_part_state: PartState = PartState.PENDING
    timer: Timer = Timer()


class AccessLogEntry(BaseModel):
    """One thing that was done to a session."""

    at: datetime
    actor: str
    action: str


class LabSession(BaseModel):
    """A session and all that belongs to it."""

    session_id: str
    auth_id: str
    state: SessionState
    origin: str
    auth_id_type: str
    candidate_id: str
    location: str
    timezone_offset: int
    first_name: str
    last_name: str
    email_address: str
    rack_group: str
    rack_number: int
    scheduled_date: date
    user_timeslot_end: datetime | None
    max_length_minutes: int | None
    session_parts: list[SessionPart]
    current_session_part: int = 1
    is_finalized: bool = False
    timer_paused: bool = False
    created_at: datetime = Field(default_factory=now)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    seconds_left_at_pause: float | None = None
    accesslog: list[AccessLogEntry] = []

    @property
    def ends_at(self) -> datetime | None:
        """When the clock of the current part runs out; None while it does not run."""
        if not self.session_parts or self.timer_paused:
            return None
        return self.session_parts[self.current_session_part - 1].timer.max_ends_at


class FolderContent(BaseModel):
    """Content of one form, as last fetched from the object store."""

    form_qualified_name: str
    refreshed_at: datetime
    refresh_count: int
