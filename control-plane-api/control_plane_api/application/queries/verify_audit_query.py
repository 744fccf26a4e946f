"""Proof of the whole event log, made now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lcm_core.application.mediator import Query
from lcm_core.eventstore.audit_report import AuditReport


class Auditor(Protocol):
    async def verify(self) -> AuditReport:
        """Raises ``Conflict`` while another proof is being made, ``StoreUnavailable`` without a database."""
        ...


@dataclass(frozen=True, slots=True)
class VerifyAuditQuery(Query[AuditReport]):
    pass


class VerifyAuditQueryHandler:
    def __init__(self, auditor: Auditor) -> None:
        self._auditor = auditor

    async def handle(self, query: VerifyAuditQuery) -> AuditReport:
        del query
        return await self._auditor.verify()
