"""A committed change as it is told to those who watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from control_plane_api.application.live.interest import Subject
from lcm_core.domain.commit import Commit
from lcm_core.domain.read_models.base import AggregateReadModel


@dataclass(frozen=True, slots=True)
class LiveChange:
    """One commit with the read model of its aggregate, at that version or a later one; None when it has none."""

    commit: Commit
    row: AggregateReadModel | None
    owner: str | None = None
    """Whose booking it belongs to; None for what is nobody's."""

    @property
    def subject(self) -> Subject:
        return Subject(self.commit.kind, self.commit.aggregate_id, self.owner)


class LiveEvent(BaseModel):
    """The data of one event of the live stream, as documentation and UI types are made from it."""

    type: str = Field(description="Name and version of the domain event; also the name of the stream's event.")
    kind: str = Field(description="Kind of the aggregate, for example lablet_session.")
    aggregate_id: str
    version: int = Field(description="Version of the aggregate that this event made.")
    at: str
    actor: str
    data: dict[str, Any] = Field(description="The event's own fields.")
    row: dict[str, Any] | None = Field(description="The aggregate's read model now: that version or a later one.")
