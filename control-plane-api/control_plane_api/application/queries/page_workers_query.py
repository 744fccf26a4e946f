"""Workers for people: newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from control_plane_api.application.listings import WORKERS
from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel


@dataclass(frozen=True, slots=True)
class PageWorkersQuery(Query[Page[CMLWorkerReadModel]]):
    page: PageRequest
    status: CMLWorkerStatus | None = None
    region: str | None = None
    template_name: str | None = None

    def equality(self) -> dict[str, Any]:
        named = {
            "status": self.status.value if self.status else None,
            "region": self.region,
            "template_name": self.template_name,
        }
        return {field: value for field, value in named.items() if value is not None}


class PageWorkersQueryHandler:
    def __init__(self, workers: Rows[CMLWorkerReadModel]) -> None:
        self._workers = workers

    async def handle(self, query: PageWorkersQuery) -> Page[CMLWorkerReadModel]:
        order = WORKERS.order(query.page.sort or "-created_at")
        return await self._workers.page(WORKERS, order, query.page, query.equality())
