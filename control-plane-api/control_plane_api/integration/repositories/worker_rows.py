"""Workers with their last measurements, which are kept beside the event log (ADR 0009)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from control_plane_api.application.listings import Listing, Order
from control_plane_api.application.paging import Between, Page, PageRequest
from control_plane_api.integration.repositories.read_models import ReadModels
from lcm_core.clock import Clock
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, WorkerMetrics
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors

WORKER_METRICS = "worker_metrics"


class WorkerRows:
    """``CompletedRows[CMLWorkerReadModel]``: each row completed with ``metrics`` and ``last_activity_at``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._workers = ReadModels(database, "cml_workers", CMLWorkerReadModel, "worker", clock)
        self._metrics = database[WORKER_METRICS]

    async def find(self, id: str) -> CMLWorkerReadModel | None:
        row = await self._workers.find(id)
        return (await self.completed([row]))[0] if row is not None else None

    async def get(self, id: str) -> CMLWorkerReadModel:
        found = await self.find(id)
        if found is None:
            raise NotFound("worker", id)
        return found

    async def where(self, **equality: Any) -> list[CMLWorkerReadModel]:
        return await self.completed(await self._workers.where(**equality))

    async def by_ids(self, ids: Sequence[str]) -> list[CMLWorkerReadModel]:
        return await self.completed(await self._workers.by_ids(ids))

    async def in_any(self, field: str, values: Sequence[str], **equality: Any) -> list[CMLWorkerReadModel]:
        return await self.completed(await self._workers.in_any(field, values, **equality))

    async def since(self, field: str, at: str, most: int, **equality: Any) -> list[CMLWorkerReadModel]:
        return await self.completed(await self._workers.since(field, at, most, **equality))

    async def page(
        self,
        listing: Listing,
        order: Order,
        page: PageRequest,
        equality: Mapping[str, Any],
        *,
        between: Between | None = None,
    ) -> Page[CMLWorkerReadModel]:
        found = await self._workers.page(listing, order, page, equality, between=between)
        return Page(await self.completed(found.rows), found.next, found.total)

    async def completed(self, rows: Sequence[CMLWorkerReadModel]) -> list[CMLWorkerReadModel]:
        """See ``application.rows.Completed``."""
        if not rows:
            return []
        with store_errors(f"reading {WORKER_METRICS}"):
            measured = await self._metrics.find({"_id": {"$in": [row.id for row in rows]}}).to_list()
        by_id = {document["_id"]: document for document in measured}
        return [_with(row, by_id[row.id]) if row.id in by_id else row for row in rows]


def _with(row: CMLWorkerReadModel, measured: Document) -> CMLWorkerReadModel:
    """The row is valid already: reading it once more, with all that it holds, would double what a list costs."""
    news: dict[str, Any] = {"metrics": WorkerMetrics.model_validate(measured["metrics"])}
    if measured.get("last_activity_at"):
        news["last_activity_at"] = datetime.fromisoformat(measured["last_activity_at"])
    return row.model_copy(update=news)
