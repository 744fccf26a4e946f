"""What is kept of a request that was refused, and who keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RefusedAttempt:
    """One request that was not let through. *actor* is None where nobody proved who it was.

    *route* is ``"METHOD /template"``; *resource* is what the path named, None for lists. *reason* is what the caller
    was told, or why really where the caller is not to know that it exists.
    """

    at: datetime
    actor: str | None
    client_id: str | None
    roles: tuple[str, ...]
    method: str
    route: str
    resource: str | None
    status: int
    code: str
    reason: str
    remote_address: str
    correlation_id: str | None


class RefusalSink(Protocol):
    def put(self, attempt: RefusedAttempt) -> None:
        """Keep *attempt*. Called while an answer is sent: never blocks, never raises."""
        ...
