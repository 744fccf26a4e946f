"""Workers in some statuses."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel

LIVE_WORKER_STATUSES = frozenset(CMLWorkerStatus) - {CMLWorkerStatus.TERMINATED}


@dataclass(frozen=True, slots=True)
class ListWorkersQuery(Query[list[CMLWorkerReadModel]]):
    """Workers in any of *statuses*, all but TERMINATED ones when none is named, oldest first."""

    statuses: tuple[CMLWorkerStatus, ...] = ()


class ListWorkersQueryHandler:
    def __init__(self, workers: Rows[CMLWorkerReadModel]) -> None:
        self._workers = workers

    async def handle(self, query: ListWorkersQuery) -> list[CMLWorkerReadModel]:
        wanted = frozenset(query.statuses) or LIVE_WORKER_STATUSES
        found = await self._workers.in_any("status", sorted(wanted))
        return sorted(found, key=lambda worker: (worker.created_at, worker.id))
