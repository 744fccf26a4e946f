"""Definitions: newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from control_plane_api.application.listings import DEFINITIONS
from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.read_models import LabletDefinitionReadModel


@dataclass(frozen=True, slots=True)
class ListLabletDefinitionsQuery(Query[Page[LabletDefinitionReadModel]]):
    page: PageRequest
    status: LabletDefinitionStatus | None = None
    name: str | None = None


class ListLabletDefinitionsQueryHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel]) -> None:
        self._definitions = definitions

    async def handle(self, query: ListLabletDefinitionsQuery) -> Page[LabletDefinitionReadModel]:
        named: dict[str, Any] = {"status": query.status.value if query.status else None, "name": query.name}
        equality = {field: value for field, value in named.items() if value is not None}
        order = DEFINITIONS.order(query.page.sort or "-created_at")
        return await self._definitions.page(DEFINITIONS, order, query.page, equality)
