"""Wakes resting workers exactly when their first booking needs it, and gives up planned ones that nobody needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from lcm_core.contracts.workers import SetDesiredStatus
from lcm_core.coordination import WatchEvent, WatchEventKind
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.errors import DomainError, NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.workers_api import WorkersApi
from lcm_core.reconcile import Done, RequeueAfter, Result, WatchedPrefix
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.promise_shift import PromiseShift
from resource_scheduler.application.services.server_clock import ServerClock
from resource_scheduler.domain.supply import bookings_ahead, rests, wake_at

log = structlog.stdlib.get_logger(__name__)

_MAY_REST = frozenset({CMLWorkerStatus.PENDING.value, CMLWorkerStatus.STOPPED.value})


class WorkerWaker:
    """Implements ``Reconciler``; the key is a worker's id.

    A worker is woken its slowest start and *slack_seconds* before its first booking. A stopped worker is there already
    and starts sooner than one that must be launched: before a planned one is, *shift* tries to do without it.
    """

    def __init__(
        self,
        workers: WorkersApi,
        fleet: FleetView,
        shift: PromiseShift,
        *,
        clock: ServerClock,
        slack_seconds: float,
    ) -> None:
        self._workers = workers
        self._fleet = fleet
        self._shift = shift
        self._clock = clock
        self._slack_seconds = slack_seconds

    async def list_keys(self) -> list[str]:
        return [worker.id for worker in await self._fleet.workers() if rests(worker)]

    async def reconcile(self, key: str) -> Result:
        try:
            worker = await self._workers.get(key)
        except NotFound:
            return Done()
        if not rests(worker):
            return Done()
        now = await self._clock.sync()
        start_seconds = self._fleet.start_seconds(worker)
        due = wake_at(worker, now, start_seconds=start_seconds, slack_seconds=self._slack_seconds)
        if due is None:
            return await self._give_up(worker) if worker.planned else Done()
        if now < due:
            return RequeueAfter((due - now).total_seconds(), "the time to wake it for its first booking")
        if worker.planned and await self._shift.to_stopped_worker(worker, now):
            return RequeueAfter(0)
        return await self._wake(worker, now)

    async def _wake(self, worker: CMLWorkerReadModel, now: datetime) -> Result:
        ahead = bookings_ahead(worker, now)
        reason = f"{len(ahead)} bookings, the first at {ahead[0].interval.start:%Y-%m-%d %H:%M:%S} UTC"
        await want_running(self._workers, worker, reason, what_for="booking")
        return Done()

    async def _give_up(self, worker: CMLWorkerReadModel) -> Result:
        body = SetDesiredStatus(
            desired_status=WorkerDesiredStatus.TERMINATED, reason="planned, and nobody has a booking on it any more"
        )
        try:
            await self._workers.set_desired_status(worker.id, body)
        except DomainError as refused:
            # a booking came since it was read: then it is not given up
            log.info("planned_worker_kept", worker_id=worker.id, reason=str(refused))
            return Done()
        scheduler_metrics.gave_up_planned()
        log.info("planned_worker_given_up", worker_id=worker.id)
        return Done()


async def want_running(workers: WorkersApi, worker: CMLWorkerReadModel, reason: str, *, what_for: str) -> None:
    """Have *worker* brought up; wanting it twice changes nothing."""
    body = SetDesiredStatus(desired_status=WorkerDesiredStatus.RUNNING, reason=reason)
    answer = await workers.set_desired_status(worker.id, body)
    if answer.applied:
        was = "planned" if worker.planned else "stopped"
        scheduler_metrics.woke(what_for, was)
        log.info("worker_woken", worker_id=worker.id, worker=worker.name, was=was, reason=reason)


def resting_worker_changes(root: str) -> WatchedPrefix:
    """Wakes the id of a worker that may rest when its room, or what is wanted of it, changes."""
    prefix = f"{root}/workers/"
    key_of: Callable[[WatchEvent], str | None] = lambda event: worker_of_capacity_change(event, prefix, _MAY_REST)  # noqa: E731
    return WatchedPrefix(prefix, key_of)


def worker_of_capacity_change(event: WatchEvent, prefix: str, statuses: Collection[str]) -> str | None:
    """The worker whose capacity key was put, if it is in one of *statuses*."""
    worker_id, _, leaf = event.kv.key.removeprefix(prefix).partition("/")
    if leaf != "capacity" or event.kind is not WatchEventKind.PUT:
        return None
    try:
        status = event.kv.json()["status"]
    except (ValueError, KeyError, TypeError):
        return None
    return worker_id if status in statuses else None
