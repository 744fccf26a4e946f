"""CloudEvents that come in from the far ends: kept before they are answered, applied, or set aside with the reason."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, JsonValue

from lcm_core.contracts.base import Contract, InboundEventKey, Reason

LARGEST_BATCH = 500
"""Events in one request."""

LONGEST_INBOUND_WAIT_SECONDS = 30 * 86_400
"""Until an event is tried again, or given up."""

MOST_PARKED_PER_SESSION = 50
"""More than a session's whole course has; who sends more of what cannot be applied yet is not to be kept."""


class InboundEventStatus(StrEnum):
    """What has become of an event that was kept."""

    RECEIVED = "received"
    """To be applied, for the first time or again."""
    PARKED = "parked"
    """Right, but early: applied when its session gets there, a dead letter when it does not in time."""
    APPLIED = "applied"
    UNCHANGED = "unchanged"
    """Nothing was left to change: told before, or overtaken."""
    IGNORED = "ignored"
    """About nothing known here."""
    DEAD_LETTERED = "dead_lettered"
    """Not applicable; a person has to look at it."""


OPEN_STATUSES = frozenset({InboundEventStatus.RECEIVED, InboundEventStatus.PARKED})


class InboundEvent(Contract):
    """A CloudEvent as received: identity, type, and data that has not been looked at yet."""

    any_number = True
    key: InboundEventKey
    subject: str = ""
    time: AwareDatetime | None = None
    data: JsonValue = None


class KeepInboundEvents(Contract):
    """Events of one request. They are first looked at again by whoever leads *first_look_seconds* from now.

    What could not be applied *give_up_seconds* from now becomes a dead letter.
    """

    any_number = True
    events: Annotated[tuple[InboundEvent, ...], Field(min_length=1, max_length=LARGEST_BATCH)]
    sender: Annotated[str, Field(max_length=200)] = ""
    first_look_seconds: Annotated[float, Field(ge=0, le=LONGEST_INBOUND_WAIT_SECONDS)]
    give_up_seconds: Annotated[float, Field(gt=0, le=LONGEST_INBOUND_WAIT_SECONDS)]


class InboundReplay(Contract):
    """Who had the event applied again, and when."""

    at: AwareDatetime
    by: str


class InboundEventRecord(Contract):
    """One kept event with its fate. ``id`` follows from source and ``event_id``.

    ``due_at`` is when it is tried next, ``give_up_at`` when that ends; both only while it is open.
    """

    any_number = True

    id: str
    source: str
    event_id: str
    type: str
    subject: str = ""
    time: AwareDatetime | None = None
    data: JsonValue = None
    sender: str = ""
    status: InboundEventStatus
    reason: str = ""
    session_id: str | None = None
    attempts: int = 0
    received_at: AwareDatetime
    due_at: AwareDatetime | None = None
    give_up_at: AwareDatetime | None = None
    settled_at: AwareDatetime | None = None
    applied_at: AwareDatetime | None = None
    replays: tuple[InboundReplay, ...] = ()

    @property
    def event(self) -> InboundEvent:
        key = InboundEventKey(source=self.source, id=self.event_id, type=self.type)
        return InboundEvent(key=key, subject=self.subject, time=self.time, data=self.data)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES


class InboundVerdict(Contract):
    """What became of one kept event; ``retry_seconds`` when it is to be tried again."""

    id: str
    status: InboundEventStatus
    reason: Reason = ""
    session_id: str | None = None
    retry_seconds: Annotated[float, Field(ge=0, le=LONGEST_INBOUND_WAIT_SECONDS)] | None = None


class SettleInboundEvents(Contract):
    verdicts: Annotated[tuple[InboundVerdict, ...], Field(min_length=1, max_length=LARGEST_BATCH)]


class ReplayInboundEvent(Contract):
    """An operator wants it applied again."""

    reason: Annotated[str, Field(max_length=500)] = ""


class DeadLetter(Contract):
    """One event that was received and could not be applied: why, and everything needed to replay it."""

    source: str
    id: str
    type: str
    subject: str = ""
    data: dict[str, Any] = Field(default_factory=dict[str, Any])
    reason: str
    received_at: AwareDatetime
