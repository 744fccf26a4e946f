"""Moves the bookings of a planned worker to a stopped one, so that nothing has to be launched."""

from __future__ import annotations

from datetime import datetime

import structlog

from lcm_core.contracts.sessions import PromiseCapacity
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, WorkerDesiredStatus
from lcm_core.domain.errors import DomainError, NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.placement.demand_planner import tentative_allocation
from lcm_core.placement.filters import FIT_FILTERS, first_rejection
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot
from lcm_core.placement.snapshots import placement_request
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.domain.supply import bookings_ahead

log = structlog.stdlib.get_logger(__name__)


class PromiseShift:
    """All of them or none: a worker that keeps one booking must be launched all the same. At most *most_moves*."""

    def __init__(self, sessions: SessionsApi, fleet: FleetView, *, most_moves: int) -> None:
        self._sessions = sessions
        self._fleet = fleet
        self._most_moves = most_moves

    async def to_stopped_worker(self, planned: CMLWorkerReadModel, now: datetime) -> bool:
        """Whether *planned* has no booking any more."""
        ahead = bookings_ahead(planned, now)
        stopped = [worker.id for worker in await self._fleet.workers() if self._is_instead_of(worker, planned)]
        if not stopped or len(ahead) > self._most_moves:
            return False
        requests = await self._requests([each.session_id for each in ahead])
        fleet = await self._fleet.snapshot()
        candidates = [worker for worker in fleet.workers if worker.id in stopped]
        target = next((worker for worker in candidates if takes_all(worker, requests, fleet.at)), None)
        if target is None or len(requests) < len(ahead):
            return False
        return await self._move(requests, planned, target)

    def _is_instead_of(self, worker: CMLWorkerReadModel, planned: CMLWorkerReadModel) -> bool:
        """Stopped, in the same region, and up no later than *planned* would be."""
        return (
            worker.status is CMLWorkerStatus.STOPPED
            and worker.desired_status is not WorkerDesiredStatus.TERMINATED
            and worker.region == planned.region
            and self._fleet.start_seconds(worker) <= self._fleet.start_seconds(planned)
        )

    async def _requests(self, session_ids: list[str]) -> list[PlacementRequest]:
        rows = [await self._sessions.get(session_id) for session_id in session_ids]
        return [placement_request(row) for row in rows if row.status is LabletSessionStatus.PENDING]

    async def _move(
        self, requests: list[PlacementRequest], planned: CMLWorkerReadModel, target: WorkerSnapshot
    ) -> bool:
        why = f"worker {target.name} is stopped and has room; {planned.name} need not be launched"
        for request in requests:
            try:
                await self._sessions.promise(request.session_id, PromiseCapacity(reason=why, worker_id=target.id))
            except (DomainError, NotFound) as refused:
                log.info("promise_not_moved", session_id=request.session_id, to=target.id, reason=str(refused))
                await self._fleet.refresh(target.id)
                return False
            scheduler_metrics.promise("moved")
        await self._fleet.refresh(target.id)
        log.info("promises_moved", worker_id=planned.id, to=target.id, sessions=len(requests))
        return True


def takes_all(worker: WorkerSnapshot, requests: list[PlacementRequest], now: datetime) -> bool:
    """Whether there is room on *worker*, once it is up, for every one of *requests* at its time."""
    for request in requests:
        if first_rejection(worker, request, now, FIT_FILTERS) is not None:
            return False
        worker = worker.holding(tentative_allocation(worker, request, now))
    return True
