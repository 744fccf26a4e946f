"""Looks early at workers that do not come up, and has the sessions that rely on them looked after elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from lcm_core.contracts.sessions import ReportPromiseAtRisk
from lcm_core.coordination import WatchEvent
from lcm_core.domain.enums import WORKER_STATUSES_ON_THE_WAY, LabletSessionStatus
from lcm_core.domain.errors import DomainError, NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.domain.values import CapacityAllocation
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.placement.queue_order import queue_order
from lcm_core.placement.snapshots import placement_request
from lcm_core.reconcile import Done, RequeueAfter, Result, WatchedPrefix
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.server_clock import ServerClock
from resource_scheduler.application.services.worker_waker import worker_of_capacity_change
from resource_scheduler.domain.late_start import LateStartPolicy, Start, late_from, look

log = structlog.stdlib.get_logger(__name__)

_NEXT_LOT_SECONDS = 1.0
_ON_THE_WAY = frozenset(status.value for status in WORKER_STATUSES_ON_THE_WAY)


class LateStarts:
    """Implements ``Reconciler``; the key is the id of a worker on its way.

    Whom nobody else can take is asked about again when the fleet has changed, every *retry_seconds*. *wake* has a
    session placed at once: the worker that holds its room now may be up. The worker that is late stays what it is; who
    holds room on it still, or finds it first, begins there.
    """

    def __init__(
        self,
        sessions: SessionsApi,
        fleet: FleetView,
        policy: LateStartPolicy,
        *,
        clock: ServerClock,
        retry_seconds: float,
        wake: Callable[[str], None],
    ) -> None:
        self._sessions = sessions
        self._fleet = fleet
        self._policy = policy
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._wake = wake
        self._in_vain: dict[str, int] = {}

    async def list_keys(self) -> list[str]:
        waited_for = [worker for worker in await self._fleet.workers() if _is_waited_for(worker)]
        promised = {each.session_id for worker in waited_for for each in _promised(worker)}
        self._in_vain = {session_id: at for session_id, at in self._in_vain.items() if session_id in promised}
        return [worker.id for worker in waited_for]

    async def reconcile(self, key: str) -> Result:
        worker = await self._fleet.worker(key)
        if worker is None or not _is_waited_for(worker):
            return Done()
        now = await self._clock.sync()
        start = self._start(worker, now)
        seen = look(_promised(worker), start, self._policy, now)
        if not seen.at_risk:
            return _at(seen.next_at, now)
        asked, left = await self._look_after(worker, seen.at_risk, _why(worker, start, now), now)
        if left and asked:
            return RequeueAfter(_NEXT_LOT_SECONDS, "more of its promises at risk")
        pause = (seen.next_at - now).total_seconds() if seen.next_at is not None else self._retry_seconds
        return RequeueAfter(min(pause, self._retry_seconds), "it to come up, or room elsewhere")

    def _start(self, worker: CMLWorkerReadModel, now: datetime) -> Start:
        times = self._fleet.start_times
        return Start(
            began=times.began(worker.id) or now,
            usual_seconds=times.usual(worker),
            worst_seconds=self._fleet.start_seconds(worker),
        )

    async def _look_after(
        self, worker: CMLWorkerReadModel, at_risk: tuple[CapacityAllocation, ...], why: str, now: datetime
    ) -> tuple[int, int]:
        """One lot, in the order of the queue; how many were asked about, and how many are still to be.

        Whom nobody could take comes after those who were not asked about since: room changes all the time.
        """
        version = self._fleet.room_version
        rows = [row for each in at_risk if self._may_help(each, version) and (row := await self._row(each, worker))]
        rows.sort(key=lambda row: (self._in_vain.get(row.id, -1), queue_order(placement_request(row))))
        late = await self._late_workers(now)
        lot = rows[: self._policy.moves_per_look]
        for row in lot:
            await self._tell(row, worker, ReportPromiseAtRisk(worker_id=worker.id, reason=why, exclude=late))
        return len(lot), len(rows) - len(lot)

    def _may_help(self, held: CapacityAllocation, room_version: int) -> bool:
        return self._in_vain.get(held.session_id) != room_version

    async def _row(self, held: CapacityAllocation, worker: CMLWorkerReadModel) -> LabletSessionReadModel | None:
        """The session, if it still relies on *worker*."""
        try:
            row = await self._sessions.get(held.session_id)
        except NotFound:
            return None
        waits = row.status is LabletSessionStatus.PENDING and not row.terminate_requested
        return row if waits and row.promised_worker_id == worker.id else None

    async def _late_workers(self, now: datetime) -> tuple[str, ...]:
        """Whoever is late itself is no help."""
        workers = [each for each in await self._fleet.workers() if each.on_the_way]
        return tuple(each.id for each in workers if late_from(self._start(each, now), self._policy) <= now)

    async def _tell(self, row: LabletSessionReadModel, worker: CMLWorkerReadModel, body: ReportPromiseAtRisk) -> None:
        known = row.promise_risk is not None and row.promise_risk.worker_id == worker.id
        try:
            answer = await self._sessions.promise_at_risk(row.id, body)
        except (DomainError, NotFound) as overtaken:
            # placed, cancelled or moved since it was read
            log.info("promise_at_risk_overtaken", session_id=row.id, worker_id=worker.id, reason=str(overtaken))
            return
        if not known:
            scheduler_metrics.promise("at_risk")
            log.warning("promise_at_risk", session_id=row.id, worker_id=worker.id, reason=body.reason)
        if answer.worker_id == worker.id:
            self._in_vain[row.id] = self._fleet.room_version
            return
        self._in_vain.pop(row.id, None)
        if answer.changed:
            scheduler_metrics.promise("moved")
            log.info("promise_moved", session_id=row.id, was=worker.id, is_now=answer.worker_id, reason=body.reason)
        await self._fleet.refresh(worker.id)
        if answer.worker_id is not None:
            await self._fleet.refresh(answer.worker_id)
        self._wake(row.id)


def _is_waited_for(worker: CMLWorkerReadModel) -> bool:
    return worker.on_the_way and any(not each.granted for each in worker.allocations)


def _promised(worker: CMLWorkerReadModel) -> list[CapacityAllocation]:
    return [each for each in worker.allocations if not each.granted]


def _at(moment: datetime | None, now: datetime) -> Result:
    if moment is None:
        return Done()
    return RequeueAfter((moment - now).total_seconds(), "it to come up in time")


def _why(worker: CMLWorkerReadModel, start: Start, now: datetime) -> str:
    minutes, usual = (now - start.began).total_seconds() / 60, start.usual_seconds / 60
    return (
        f"worker {worker.name}, which holds its room, is {worker.status.value} for {minutes:.0f} min and not up; "
        f"such a start is usually over in {usual:.0f} min"
    )


def coming_worker_changes(root: str) -> WatchedPrefix:
    """Wakes the id of a worker on its way when its room, or how it is, changes."""
    prefix = f"{root}/workers/"

    def key_of(event: WatchEvent) -> str | None:
        return worker_of_capacity_change(event, prefix, _ON_THE_WAY)

    return WatchedPrefix(prefix, key_of)
