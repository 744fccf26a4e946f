"""Who did what, and who was refused what."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.services.audit_trail import AuditFilter, AuditTrail
from control_plane_api.application.services.resource_names import ResourceNames
from lcm_core.application.mediator import Query
from lcm_core.contracts.audit import AuditEntry
from lcm_core.domain.errors import InputProblem, InvalidInput


@dataclass(frozen=True, slots=True)
class SearchAuditQuery(Query[Page[AuditEntry]]):
    """*named*: entries tell what their things are called today, which is no part of the record."""

    wanted: AuditFilter
    page: PageRequest
    named: bool = False


class SearchAuditQueryHandler:
    def __init__(self, trail: AuditTrail, names: ResourceNames) -> None:
        self._trail = trail
        self._names = names

    async def handle(self, query: SearchAuditQuery) -> Page[AuditEntry]:
        """Newest first. Raises ``InvalidInput`` for an id without a type: an id alone names nothing."""
        if query.wanted.resource_id is not None and query.wanted.resource_type is None:
            problem = InputProblem("/resource_id", "needs resource_type, for example lablet_session")
            raise InvalidInput([problem])
        found = await self._trail.page(query.wanted, query.page)
        return Page(await self._names.named(found.rows), found.next) if query.named else found
