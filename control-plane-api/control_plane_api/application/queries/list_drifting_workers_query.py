"""Workers that are not what they were declared to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import CMLWorkerReadModel, DriftingWorker, DriftKind


@dataclass(frozen=True, slots=True)
class ListDriftingWorkersQuery(Query[Sequence[DriftingWorker]]):
    """In any respect when *what* is None."""

    what: DriftKind | None = None


class ListDriftingWorkersQueryHandler:
    def __init__(self, workers: Rows[CMLWorkerReadModel]) -> None:
        self._workers = workers

    async def handle(self, query: ListDriftingWorkersQuery) -> Sequence[DriftingWorker]:
        """Those that have been so for longest come first."""
        kinds = [query.what] if query.what is not None else list(DriftKind)
        found = await self._workers.in_any("drift.what", [kind.value for kind in kinds])
        drifting = [
            DriftingWorker(worker_id=row.id, name=row.name, region=row.region, status=row.status.value, drift=row.drift)
            for row in found
        ]
        return sorted(drifting, key=lambda each: (min(one.since for one in each.drift), each.worker_id))
