"""Who did what, and who was refused what."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.services.audit_trail import AuditFilter, AuditTrail
from lcm_core.application.mediator import Query
from lcm_core.contracts.audit import AuditEntry
from lcm_core.domain.errors import InputProblem, InvalidInput


@dataclass(frozen=True, slots=True)
class SearchAuditQuery(Query[Page[AuditEntry]]):
    wanted: AuditFilter
    page: PageRequest


class SearchAuditQueryHandler:
    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail

    async def handle(self, query: SearchAuditQuery) -> Page[AuditEntry]:
        """Newest first. Raises ``InvalidInput`` for an id without a type: an id alone names nothing."""
        if query.wanted.resource_id is not None and query.wanted.resource_type is None:
            problem = InputProblem("/resource_id", "needs resource_type, for example lablet_session")
            raise InvalidInput([problem])
        return await self._trail.page(query.wanted, query.page)
