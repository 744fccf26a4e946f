"""Notifications as operators see them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, computed_field

from lcm_core.contracts.base import Contract
from lcm_core.domain.notifications import (
    GUIDES,
    MOST_THINGS,
    Acknowledgement,
    NotificationKind,
    NotificationSeverity,
    NotificationStatus,
    Thing,
)


class NotificationRecord(BaseModel):
    """From when something began to hold until it held no more. What comes back later is another one."""

    id: str
    kind: NotificationKind
    severity: NotificationSeverity = Field(description="How bad it is, or was in the end.")
    status: NotificationStatus
    active: bool = Field(description="Whether it still holds, acknowledged or not.")
    subject: Thing = Field(description="What it is about.")
    text: str = Field(description="What is the matter, in one sentence.")
    count: int = Field(description="How many things, or how many percent, it counts now.")
    things: tuple[Thing, ...] = Field(default=(), description=f"Some of what is counted, {MOST_THINGS} at the most.")
    opened_at: AwareDatetime
    changed_at: AwareDatetime
    acknowledged: Acknowledgement | None = Field(default=None, description="By whom, and what was known then.")
    cleared_at: AwareDatetime | None = None

    @computed_field
    @property
    def title(self) -> str:
        return GUIDES[self.kind].title

    @computed_field
    @property
    def advice(self) -> str:
        """What to do."""
        return GUIDES[self.kind].advice


NotificationId = Annotated[str, Field(min_length=1, max_length=60)]


class AcknowledgeNotifications(Contract):
    """All of them or none."""

    ids: Annotated[tuple[NotificationId, ...], Field(min_length=1, max_length=100)]
    note: Annotated[str, Field(max_length=2000, description="What is known, or being done.")] = ""


class AcknowledgedNotifications(BaseModel):
    """``acknowledged`` says how many were open until then."""

    acknowledged: int
    notifications: list[NotificationRecord]
