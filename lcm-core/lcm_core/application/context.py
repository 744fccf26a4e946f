"""On whose behalf, and why, a command runs. Ends up in the metadata of its commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lcm_core.domain.commit import CommitMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """*leader_service* and *leader_epoch* come together, from a reconciler that speaks as elected leader."""

    actor: str
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    at: datetime | None = None
    """The moment the command counts as happening; None means the clock of the mediator, at each attempt."""
    leader_service: str | None = None
    leader_epoch: int | None = None
    reason: str | None = None
    client: str | None = None
    remote: str | None = None
    """Program and address that the command was asked for from, where it was."""

    def __post_init__(self) -> None:
        if (self.leader_service is None) != (self.leader_epoch is None):
            raise ValueError("leader_service and leader_epoch belong together: give both or neither")

    def metadata(self) -> CommitMetadata:
        """Raises ValueError while *at* is unknown."""
        if self.at is None:
            raise ValueError("the context has no time yet")
        return CommitMetadata(
            actor=self.actor,
            correlation_id=self.correlation_id,
            causation_id=self.causation_id,
            traceparent=self.traceparent,
            at=self.at,
            leader_service=self.leader_service,
            leader_epoch=self.leader_epoch,
            reason=self.reason,
            client=self.client,
            remote=self.remote,
        )
