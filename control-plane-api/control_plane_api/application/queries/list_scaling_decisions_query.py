"""Why the fleet grew, shrank, or did not: newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from control_plane_api.application.paging import Between, Page, PageRequest
from control_plane_api.application.services.scaling_records import ScalingRecords
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import ScalingDecision, ScalingKind


@dataclass(frozen=True, slots=True)
class ListScalingDecisionsQuery(Query[Page[ScalingDecision]]):
    """Every filter that is given must hold; ``made`` is when a decision was first made."""

    page: PageRequest
    worker_id: str | None = None
    region: str | None = None
    kind: ScalingKind | None = None
    taken: bool | None = None
    made: Between | None = None

    def equality(self) -> dict[str, Any]:
        named = {
            "worker_id": self.worker_id,
            "region": self.region,
            "kind": self.kind.value if self.kind else None,
            "taken": self.taken,
        }
        return {field: value for field, value in named.items() if value is not None}


class ListScalingDecisionsQueryHandler:
    def __init__(self, records: ScalingRecords) -> None:
        self._records = records

    async def handle(self, query: ListScalingDecisionsQuery) -> Page[ScalingDecision]:
        return await self._records.page(query.page, query.equality(), query.made)
