"""One worker."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import CMLWorkerReadModel


@dataclass(frozen=True, slots=True)
class GetWorkerQuery(Query[CMLWorkerReadModel]):
    worker_id: str


class GetWorkerQueryHandler:
    def __init__(self, workers: Rows[CMLWorkerReadModel]) -> None:
        self._workers = workers

    async def handle(self, query: GetWorkerQuery) -> CMLWorkerReadModel:
        """Raises ``NotFound``."""
        return await self._workers.get(query.worker_id)
