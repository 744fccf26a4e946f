"""What the audit answers: who did what, when, from where, why, and what it changed."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, JsonValue


class AuditOutcome(StrEnum):
    CHANGED = "changed"
    REFUSED = "refused"


class AuditedEvent(BaseModel):
    type: str
    data: dict[str, JsonValue]


class AuditEntry(BaseModel):
    """One commit, or one attempt that was refused: then ``code`` says why and ``events`` is empty."""

    id: str = Field(description="Of a commit: `<kind>-<id>@<version>`; opaque otherwise.")
    outcome: AuditOutcome
    at: AwareDatetime
    actor: str = Field(description="Subject of the caller's token, or the service that acted; empty when unknown.")
    client: str | None = Field(default=None, description="Client of the token: the program that was used.")
    remote: str | None = Field(default=None, description="Address that the request came from.")
    reason: str | None = None
    correlation_id: str
    causation_id: str | None = None
    leader_service: str | None = None
    leader_epoch: int | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    resource_name: str | None = Field(
        default=None, description="What it is called today; null when it is gone or has no name."
    )
    version: int | None = Field(default=None, description="Version of the resource that the commit made.")
    events: list[AuditedEvent] = Field(default_factory=list[AuditedEvent])
    method: str | None = None
    route: str | None = None
    status: int | None = None
    code: str | None = Field(default=None, description="Code of the problem that the caller was answered.")
    count: int = Field(default=1, description="How often it was refused to the same caller within a second.")


class AuditDifference(BaseModel):
    """One field that a commit changed; ``path`` is a JSON pointer into the state."""

    path: str
    change: Literal["added", "removed", "changed"]
    before: JsonValue = None
    after: JsonValue = None


class AuditDetail(BaseModel):
    """A commit with the state of its resource before and after, replayed from the log."""

    entry: AuditEntry
    prev_hash: str
    hash: str
    before: dict[str, Any] | None = Field(description="null for the first commit of a resource.")
    after: dict[str, Any]
    differences: list[AuditDifference]


class AnchorSummary(BaseModel):
    """A record of every stream's head, kept where the database cannot reach it, chained to the one before it."""

    number: int
    at: AwareDatetime
    day: str = Field(description="Day in UTC.")
    actor: str
    streams: int
    merkle_root: str = Field(description="RFC 6962 tree over all heads in order.")
    previous_hash: str
    hash: str
