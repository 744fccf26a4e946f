"""What a subscription to outbound events consists of: whom it serves, which events it wants, how they are signed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

ANY_TYPE = "*"
MOST_TYPES = 100
MOST_OPEN_REPLAYS = 20
MOST_SIGNING_KEYS = 3
"""At once, the newest included: a receiver looks through that many signatures, and every one is made per delivery."""
MOST_NAMED_EVENTS = 200


class SubscriptionPurpose(StrEnum):
    """``filter``: every event that its filter lets through. ``sink``: only events of bookings that name it."""

    FILTER = "filter"
    SINK = "sink"


class SubscriptionTask(StrEnum):
    """What the service still has to do for a subscription."""

    VALIDATE = "validate"
    REPLAY = "replay"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SigningKey(_Value):
    """A key that signs until ``expires_at``; its secret is kept elsewhere, sealed."""

    id: str
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None

    def signs_at(self, at: datetime) -> bool:
        return self.expires_at is None or self.expires_at > at


class EventFilter(_Value):
    """What is given must hold. A type is a name of the catalogue, or the beginning of one followed by ``*``."""

    types: Annotated[tuple[str, ...], Field(max_length=MOST_TYPES)] = ()
    owner_id: Annotated[str, Field(min_length=1, max_length=256)] | None = None

    def lets_through(self, type: str, owner_id: str | None) -> bool:
        if self.owner_id is not None and self.owner_id != owner_id:
            return False
        return not self.types or any(_names(pattern, type) for pattern in self.types)


class ReplayOrder(_Value):
    """Events to be sent once more: those committed in ``since`` ≤ t < ``until``, or dead letters (``event_ids``; all
    of the subscription's when there are none)."""

    id: str
    dead_letters: bool = False
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    event_ids: Annotated[tuple[str, ...], Field(max_length=MOST_NAMED_EVENTS)] = ()
    requested_at: AwareDatetime
    requested_by: str


class ReplayResult(_Value):
    """``complete`` is False when the most events that a replay may bring were reached; ``next_since`` goes on there."""

    order_id: str
    events: int
    complete: bool = True
    next_since: AwareDatetime | None = None
    finished_at: AwareDatetime


def pattern_matches_one_of(pattern: str, types: frozenset[str]) -> bool:
    """Whether *pattern* stands for any of *types*."""
    return any(_names(pattern, each) for each in types)


def _names(pattern: str, type: str) -> bool:
    return type.startswith(pattern[:-1]) if pattern.endswith(ANY_TYPE) else type == pattern
