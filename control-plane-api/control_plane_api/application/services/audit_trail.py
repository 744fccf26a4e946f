"""What the audit can be asked, and what it needs to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from control_plane_api.application.paging import Between, Page, PageRequest
from lcm_core.contracts.audit import AnchorSummary, AuditEntry, AuditOutcome


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Every field that is given must hold. *event_type* may leave out its version; no refusal has one."""

    actor: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    event_type: str | None = None
    correlation_id: str | None = None
    outcome: AuditOutcome | None = None
    between: Between | None = None

    def described(self) -> dict[str, str]:
        """As it is put on record."""
        given = {
            "actor": self.actor,
            "resource_type": self.resource_type,
            "resource_id": self.resource_id,
            "event_type": self.event_type,
            "correlation_id": self.correlation_id,
            "outcome": self.outcome.value if self.outcome else None,
            "from": self.between.start.isoformat() if self.between else None,
            "to": self.between.end.isoformat() if self.between else None,
        }
        return {name: value for name, value in given.items() if value is not None}


class AuditTrail(Protocol):
    async def page(self, wanted: AuditFilter, page: PageRequest) -> Page[AuditEntry]:
        """Commits and refusals together, newest first. Raises ``StoreUnavailable``."""
        ...


class Anchors(Protocol):
    """Where heads are anchored. Raises ``Conflict`` when no bucket is set, ``FarEndError`` when it does not answer."""

    async def make(self, at: datetime, actor: str) -> AnchorSummary: ...

    async def newest(self, limit: int, before: int | None) -> Sequence[AnchorSummary]:
        """Up to *limit* of them, newest first, those with a number below *before*."""
        ...
