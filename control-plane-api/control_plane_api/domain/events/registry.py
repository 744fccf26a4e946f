"""The catalogue of every event that control-plane-api records, and what they all carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime

from lcm_core.domain.events import DomainEvent, EventRegistry

EVENTS = EventRegistry()


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something is decided and by whom; handed to every method of an aggregate, which owns no clock."""

    at: datetime
    by: str


class StampedEvent(DomainEvent):
    """``at`` is when the change was decided, ``by`` the person or service that asked for it."""

    at: AwareDatetime
    by: str
