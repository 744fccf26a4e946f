"""Workers for people: newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel


@dataclass(frozen=True, slots=True)
class PageWorkersQuery(Query[Page[CMLWorkerReadModel]]):
    page: PageRequest
    status: CMLWorkerStatus | None = None


class PageWorkersQueryHandler:
    def __init__(self, workers: Rows[CMLWorkerReadModel]) -> None:
        self._workers = workers

    async def handle(self, query: PageWorkersQuery) -> Page[CMLWorkerReadModel]:
        return await self._workers.page(query.page, {"status": query.status.value} if query.status else {})
