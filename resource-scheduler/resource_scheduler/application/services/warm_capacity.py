"""Keeps so much ready in each region that a booking for now need not wait for a start."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from lcm_core.contracts.workers import RequestScaleUp
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus
from lcm_core.domain.errors import DomainError, NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, ScaleUpDemand
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.placement.filters import FIT_FILTERS, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, TemplateSnapshot
from lcm_core.placement.queue_order import queue_order
from lcm_core.placement.snapshots import placement_request
from lcm_core.reconcile import Done, RequeueAfter, Result
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.server_clock import ServerClock
from resource_scheduler.application.services.worker_waker import want_running
from resource_scheduler.domain.supply import bookings_ahead, rests
from resource_scheduler.domain.warm_capacity import WarmPolicy, lack_of_warmth, queue_pressure, warm_state

log = structlog.stdlib.get_logger(__name__)


class WarmCapacity:
    """Implements ``Reconciler``; the key is a region. One more worker at a time, each counted before the next.

    A stopped worker is started before a planned one is launched early, and that before another one is asked for. The
    queue is read only when *somebody_waits*.
    """

    def __init__(
        self,
        client: ControlPlaneApiClient,
        fleet: FleetView,
        policy: WarmPolicy,
        *,
        clock: ServerClock,
        somebody_waits: Callable[[], bool] = lambda: True,
    ) -> None:
        self._client = client
        self._fleet = fleet
        self._policy = policy
        self._clock = clock
        self._somebody_waits = somebody_waits
        self._acted_at: dict[str, float] = {}

    async def list_keys(self) -> list[str]:
        workers, templates = await self._fleet.workers(), await self._fleet.templates()
        return sorted({each.region for each in workers} | {each.region for each in templates if each.enabled})

    async def reconcile(self, key: str) -> Result:
        now = await self._clock.sync()
        workers = [worker for worker in await self._fleet.workers() if worker.region == key]
        why, first = lack_of_warmth(warm_state(workers, now, self._policy), self._policy), None
        if why is None:
            why, first = await self._pressure(now)
        if why is None:
            return Done()
        rest = self._acted_at.get(key, float("-inf")) + self._policy.cooldown_seconds - self._clock.monotonic()
        if rest > 0:
            return RequeueAfter(rest, "the scale-up before to cool down")
        if await self._bring_up_one(key, workers, first, why):
            self._acted_at[key] = self._clock.monotonic()
        return Done()

    async def _pressure(self, now: datetime) -> tuple[str | None, PlacementRequest | None]:
        """Why the queue asks for a worker, and the session that is to fit on it."""
        if not self._somebody_waits():
            return None, None
        horizon = now + timedelta(seconds=self._policy.look_ahead_seconds)
        pending = await self._client.sessions.list([LabletSessionStatus.PENDING])
        unpromised = [row for row in pending if _waits_for_room(row, horizon)]
        why = queue_pressure(unpromised, now, self._policy)
        if why is None:
            return None, None
        first = min(unpromised, key=lambda row: queue_order(placement_request(row)))
        return why, placement_request(first)

    async def _bring_up_one(
        self, region: str, workers: Sequence[CMLWorkerReadModel], first: PlacementRequest | None, why: str
    ) -> bool:
        fleet = await self._fleet.snapshot()
        resting = [worker for worker in workers if rests(worker) and _takes(fleet, worker.id, first)]
        if resting:
            nearest = min(resting, key=lambda worker: self._nearness(worker, fleet.at))
            await want_running(self._client.workers, nearest, why, what_for="warm_capacity")
            await self._fleet.refresh(nearest.id)
            return True
        template = _cheapest(fleet, region, first)
        return template is not None and await self._ask_for(template, region, workers, why)

    def _nearness(self, worker: CMLWorkerReadModel, now: datetime) -> tuple[bool, datetime, float, str]:
        ahead = bookings_ahead(worker, now)
        first_booking = ahead[0].interval.start if ahead else datetime.max.replace(tzinfo=now.tzinfo)
        stopped = worker.status is CMLWorkerStatus.STOPPED
        return not stopped, first_booking, self._fleet.start_seconds(worker), worker.id

    async def _ask_for(
        self, template: TemplateSnapshot, region: str, workers: Sequence[CMLWorkerReadModel], why: str
    ) -> bool:
        demand = ScaleUpDemand(key=warm_demand_key(region, template.name, workers), reason=why)
        try:
            answer = await self._client.workers.request_scale_up(
                RequestScaleUp(template_name=template.name, demand=demand)
            )
        except (DomainError, NotFound) as refused:
            scheduler_metrics.asked_for_worker(template.name, "refused")
            log.warning("scale_up_refused", template=template.name, reason=str(refused))
            return False
        scheduler_metrics.asked_for_worker(template.name, "created" if answer.created else "known")
        log.info("scale_up_requested", template=template.name, worker_id=answer.worker_id, reason=why)
        await self._fleet.refresh(answer.worker_id)
        return True


def warm_demand_key(region: str, template_name: str, workers: Sequence[CMLWorkerReadModel]) -> str:
    """The same region with the same workers: the same demand, whoever asks and however often."""
    facts = "\n".join(("warm", region, template_name, *sorted(worker.id for worker in workers)))
    return hashlib.sha256(facts.encode()).hexdigest()[:24]


def _waits_for_room(row: LabletSessionReadModel, horizon: datetime) -> bool:
    return row.promised_worker_id is None and not row.terminate_requested and row.occupation().start <= horizon


def _takes(fleet: FleetSnapshot, worker_id: str, first: PlacementRequest | None) -> bool:
    if first is None:
        return True
    worker = next((each for each in fleet.workers if each.id == worker_id), None)
    return worker is not None and first_rejection(worker, first, fleet.at, FIT_FILTERS) is None


def _cheapest(fleet: FleetSnapshot, region: str, first: PlacementRequest | None) -> TemplateSnapshot | None:
    offered = [
        each
        for each in fleet.templates
        if each.region == region
        and each.offered(fleet.at)
        and (first is None or first_rejection(each.as_worker(each.name), first, fleet.at, FIT_FILTERS) is None)
    ]
    return min(offered, key=lambda each: (each.cost_per_hour_usd, each.startup_seconds, each.name), default=None)
