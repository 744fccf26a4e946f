"""What was decided about placing sessions, over all of them: newest first, page by page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from control_plane_api.application.listings import PLACEMENT_DECISIONS, Order
from control_plane_api.application.paging import Between, Page, PageRequest
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import PlacementDecisionRow
from lcm_core.domain.read_models.placement import PlacementOutcome


class PlacementDecisions(Protocol):
    async def page_of_decisions(
        self,
        order: Order,
        page: PageRequest,
        equality: Mapping[str, Any],
        between: Between | None,
        fields: Collection[str] | None = None,
    ) -> Page[PlacementDecisionRow]:
        """Whole decisions where *fields* has one that a row has not; of these only what it names is read."""
        ...


@dataclass(frozen=True, slots=True)
class PagePlacementDecisionsQuery(Query[Page[PlacementDecisionRow]]):
    """Every filter that is given must hold; ``made`` is when it was decided, ``fields`` what is wanted of each."""

    page: PageRequest
    session_id: str | None = None
    worker_id: str | None = None
    outcome: PlacementOutcome | None = None
    made: Between | None = None
    fields: frozenset[str] | None = None

    def equality(self) -> dict[str, Any]:
        named = {
            "session_id": self.session_id,
            "worker_id": self.worker_id,
            "outcome": self.outcome.value if self.outcome else None,
        }
        return {field: value for field, value in named.items() if value is not None}


class PagePlacementDecisionsQueryHandler:
    def __init__(self, decisions: PlacementDecisions) -> None:
        self._decisions = decisions

    async def handle(self, query: PagePlacementDecisionsQuery) -> Page[PlacementDecisionRow]:
        order = PLACEMENT_DECISIONS.order(query.page.sort or "-at")
        return await self._decisions.page_of_decisions(order, query.page, query.equality(), query.made, query.fields)
