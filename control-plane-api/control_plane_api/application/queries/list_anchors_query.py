"""The anchors of the event log, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.services.audit_trail import Anchors
from lcm_core.application.mediator import Query
from lcm_core.contracts.audit import AnchorSummary


@dataclass(frozen=True, slots=True)
class ListAnchorsQuery(Query[Sequence[AnchorSummary]]):
    """Up to *limit* with a number below *before*."""

    limit: int = 50
    before: int | None = None


class ListAnchorsQueryHandler:
    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors

    async def handle(self, query: ListAnchorsQuery) -> Sequence[AnchorSummary]:
        return await self._anchors.newest(query.limit, query.before)
