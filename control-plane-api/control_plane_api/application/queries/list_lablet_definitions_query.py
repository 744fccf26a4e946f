"""Definitions: newest first, page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from control_plane_api.application.listings import DEFINITIONS
from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.read_models import LabletDefinitionReadModel

_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class ListLabletDefinitionsQuery(Query[Page[LabletDefinitionReadModel]]):
    page: PageRequest
    status: LabletDefinitionStatus | None = None
    name: str | None = None
    search: str | None = None
    """Words that all stand in the name or the version, in either case."""


class ListLabletDefinitionsQueryHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel]) -> None:
        self._definitions = definitions

    async def handle(self, query: ListLabletDefinitionsQuery) -> Page[LabletDefinitionReadModel]:
        named: dict[str, Any] = {"status": query.status.value if query.status else None, "name": query.name}
        equality = {field: value for field, value in named.items() if value is not None}
        if query.search is not None:
            equality["$and"] = [_stands_in_its_name(word) for word in query.search.split()[:_MOST_WORDS]] or [{}]
        order = DEFINITIONS.order(query.page.sort or "-created_at")
        return await self._definitions.page(DEFINITIONS, order, query.page, equality)


def _stands_in_its_name(word: str) -> dict[str, Any]:
    # A server refuses a pattern with the character NUL in it, but takes its escape.
    pattern = {"$regex": re.escape(word).replace("\x00", r"\x00"), "$options": "i"}
    return {"$or": [{"name": pattern}, {"semantic_version": pattern}]}
