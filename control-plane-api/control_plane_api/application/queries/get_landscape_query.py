"""Bookings against capacity, hour by hour."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane_api.application.queries.list_workers_query import LIVE_WORKER_STATUSES
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.placement.landscape import Landscape, landscape


@dataclass(frozen=True, slots=True)
class GetLandscapeQuery(Query[Landscape]):
    """The next *hours*, from the running one on."""

    hours: int = 24


class GetLandscapeQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], workers: Rows[CMLWorkerReadModel], clock: Clock) -> None:
        self._sessions = sessions
        self._workers = workers
        self._clock = clock

    async def handle(self, query: GetLandscapeQuery) -> Landscape:
        pending = await self._sessions.in_any("status", [LabletSessionStatus.PENDING.value])
        unpromised = [row for row in pending if row.promised_worker_id is None]
        workers = await self._workers.in_any("status", sorted(LIVE_WORKER_STATUSES))
        # A week over a large fleet is some hundred thousand steps: others are answered meanwhile.
        return await asyncio.to_thread(landscape, workers, unpromised, self._clock.now(), query.hours)
