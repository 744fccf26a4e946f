"""Proof of the event log, made now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lcm_core.application.mediator import Query
from lcm_core.eventstore.audit_report import AuditReport


class Auditor(Protocol):
    async def verify(self, stream: str | None, anchors: bool) -> AuditReport:
        """Raises ``Conflict`` while another proof is being made, and for *anchors* where there are none; ``NotFound``
        for a *stream* that is not there; ``FarEndError`` without a database or a bucket."""
        ...


@dataclass(frozen=True, slots=True)
class VerifyAuditQuery(Query[AuditReport]):
    """All streams, or *stream* alone; with *anchors* also against every head that was ever anchored."""

    stream: str | None = None
    anchors: bool = False


class VerifyAuditQueryHandler:
    def __init__(self, auditor: Auditor) -> None:
        self._auditor = auditor

    async def handle(self, query: VerifyAuditQuery) -> AuditReport:
        return await self._auditor.verify(query.stream, query.anchors)
