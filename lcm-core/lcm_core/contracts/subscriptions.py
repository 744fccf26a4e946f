"""Subscriptions to outbound events as their owners make them, and what they are told of deliveries."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from lcm_core.contracts.base import Contract
from lcm_core.domain.read_models.subscription_read_model import SubscriptionReadModel
from lcm_core.domain.subscriptions import MOST_NAMED_EVENTS, EventFilter

LONGEST_URL = 2048
LONGEST_OVERLAP_HOURS = 168


def _printable(url: str) -> str:
    if not url.isascii() or any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("a URL has ASCII characters only, no blanks and no control characters; encode others")
    return url


WebhookUrl = Annotated[
    str,
    Field(
        min_length=8,
        max_length=LONGEST_URL,
        pattern=r"^https?://",
        description="Address that takes events by POST; https, a public address, no user name in it.",
    ),
    AfterValidator(_printable),
]
Description = Annotated[str, Field(max_length=500)]
EventId = Annotated[str, Field(min_length=1, max_length=300)]
ReasonGiven = Annotated[str, Field(max_length=2000)]


class CreateSubscription(Contract):
    """Have events sent to ``url``. Without types: all that its owner may see."""

    url: WebhookUrl
    filter: EventFilter = EventFilter()
    description: Description = ""


class ChangeSubscription(Contract):
    """The whole of what can be changed. Another ``url`` has to agree to take events before it gets any."""

    url: WebhookUrl
    filter: EventFilter = EventFilter()
    description: Description = ""


class SubscriptionReason(Contract):
    reason: ReasonGiven = ""


class RotateKey(Contract):
    """``overlap_hours``: how long the keys before go on signing beside the new one."""

    overlap_hours: Annotated[float, Field(ge=0, le=LONGEST_OVERLAP_HOURS)] = 24


class ReplayEvents(Contract):
    """Send the events of a time once more: from ``since`` on, before ``until`` (now, when left out)."""

    since: AwareDatetime
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until <= self.since:
            raise ValueError("until must be later than since")
        return self


class ReplayDeadLetters(Contract):
    """Send the dead letters of a subscription once more: those named, or all when none is named."""

    subscription_id: Annotated[str, Field(min_length=1, max_length=64)]
    event_ids: Annotated[tuple[EventId, ...], Field(max_length=MOST_NAMED_EVENTS)] = ()


class SubscriptionAnswer(Contract):
    """``secret`` is shown once, when its key is made: keep it. It is null in every other answer."""

    subscription: SubscriptionReadModel
    secret: str | None = None


class DeliveryOutcome(StrEnum):
    """``gone``: the receiver answered 410. ``dead``: this was the last attempt."""

    DELIVERED = "delivered"
    FAILED = "failed"
    DEAD = "dead"
    GONE = "gone"


class DeliveryAttempt(Contract):
    """One attempt to deliver one event. ``status_code`` is null when there was no answer."""

    id: str
    subscription_id: str
    event_id: str
    type: str
    at: AwareDatetime
    attempt: int
    outcome: DeliveryOutcome
    status_code: int | None = None
    duration_ms: float
    error: str = ""
    replay: bool = False


class OutboundDeadLetter(Contract):
    """An event that could not be delivered to a subscription. Its ``id`` names the pair."""

    id: str
    subscription_id: str
    owner_id: str
    event_id: str
    type: str
    subject: str
    time: AwareDatetime
    attempts: int
    reason: str
    dead_at: AwareDatetime
