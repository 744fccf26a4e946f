"""Keeps the warm pools: labs that are imported before anybody asks for them, whenever nobody is served just then."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog

from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.application.services.lab_preparation import LabPreparation
from lablet_controller.application.services.pool_wishes import count_labs, pool_hosts, pool_wishes
from lablet_controller.domain.warm_pool_plan import Discard, PoolPlan, PoolWish, Work, plan_pools
from lcm_core.clock import Clock
from lcm_core.contracts.warm_pools import DiscardPreparedLabs, PrepareLab
from lcm_core.coordination import WatchEvent, WatchEventKind
from lcm_core.domain.enums import WORKER_STATUSES_IN_SERVICE
from lcm_core.domain.errors import DomainError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.warm_pool import PreparedLab, PreparedLabStatus
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import meter
from lcm_core.reconcile import Done, RequeueAfter, Result, WatchedPrefix

log = structlog.stdlib.get_logger(__name__)
_meter = meter("lablet_controller")
_target = _meter.create_gauge("lcm_warm_pool_target", description="Idle labs that are wanted, by definition.")
_ready = _meter.create_gauge("lcm_warm_pool_ready", description="Idle labs that a session could take, by definition.")
_waits = _meter.create_counter(
    "lcm_warm_pool_waits", description="Passes in which work for the pools waited because people were served."
)

POOLS_KEY = "warm-pools"
"""The one key: that at most so many labs are prepared at once is decided in one place."""


@dataclass(frozen=True, slots=True)
class KeeperPolicy:
    """*hands*: labs that are prepared or removed at once, in the whole fleet."""

    hands: int = 2
    again_seconds: float = 1.0
    """Between two passes while there is something to do."""
    people_seconds: float = 5.0
    """The same while that waits for people to be served."""


class WarmPoolKeeper:
    """Implements ``Reconciler``. A pass looks at everything, does what may be done at once, and remembers nothing."""

    def __init__(
        self,
        control_plane: ControlPlaneApiClient,
        preparation: LabPreparation,
        clock: Clock,
        policy: KeeperPolicy | None = None,
    ) -> None:
        self._pools = control_plane.warm_pools
        self._workers = control_plane.workers
        self._preparation = preparation
        self._clock = clock
        self._policy = policy or KeeperPolicy()

    async def list_keys(self) -> Collection[str]:
        return [POOLS_KEY]

    async def reconcile(self, key: str) -> Result:
        if key != POOLS_KEY:
            return Done()
        overview = await self._pools.overview()
        if not overview.pools:
            return Done()
        workers, now = await self._workers.list(WORKER_STATUSES_IN_SERVICE), self._clock.now()
        wishes = pool_wishes(overview, workers, now)
        _measure(wishes, workers)
        plan = plan_pools(
            wishes,
            pool_hosts(workers, overview, now),
            now,
            people_wait=overview.waiting_sessions > 0,
            hands=self._policy.hands,
        )
        if await self._carry_out(plan, {worker.id: worker for worker in workers}):
            return RequeueAfter(self._policy.again_seconds, f"{plan.outstanding} more labs to prepare or remove")
        if plan.outstanding and (overview.waiting_sessions or overview.busy_worker_ids):
            _waits.add(1)
            return RequeueAfter(self._policy.people_seconds, "people are served first")
        return Done()

    async def _carry_out(self, plan: PoolPlan, workers: Mapping[str, CMLWorkerReadModel]) -> bool:
        """Whether there was anything to do."""
        for discard in plan.discards:
            await self._discard(discard)
        try:
            async with asyncio.TaskGroup() as group:
                for work in plan.removals:
                    group.create_task(self._remove(work, workers[work.worker_id]))
                for work in plan.preparations:
                    group.create_task(self._prepare(work, workers[work.worker_id]))
        except ExceptionGroup as failed:
            # the loop tells a lost leadership and an outage apart by their types
            raise failed.exceptions[0] from failed
        return bool(plan.discards or plan.removals or plan.preparations)

    async def _discard(self, discard: Discard) -> None:
        body = DiscardPreparedLabs(
            worker_id=discard.worker_id, prepared_lab_ids=discard.lab_ids[:200], reason=discard.reason
        )
        await self._pools.discard(body)
        log.info("prepared_labs_discarded", worker_id=discard.worker_id, labs=discard.lab_ids, reason=discard.reason)

    async def _remove(self, work: Work, worker: CMLWorkerReadModel) -> None:
        if work.lab is not None:
            await self._preparation.remove(_host(worker), work.lab)

    async def _prepare(self, work: Work, worker: CMLWorkerReadModel) -> None:
        lab = work.lab or await self._begin(work)
        if lab is not None and lab.status is PreparedLabStatus.PREPARING:
            await self._preparation.prepare(_host(worker), lab)

    async def _begin(self, work: Work) -> PreparedLab | None:
        """None when the record says no: somebody else needs the room, or the pool is not filled any more."""
        body = PrepareLab(prepared_lab_id=str(uuid4()), worker_id=work.worker_id, definition_id=work.definition_id)
        try:
            return (await self._pools.prepare(body)).lab
        except DomainError as refused:
            log.info("lab_preparation_refused", worker_id=work.worker_id, reason=refused.message)
            return None


def prepared_lab_changes(prefix: str) -> WatchedPrefix:
    """Wakes the keeper when there are labs to remove from a worker, or it begins or ceases to serve.

    Not when a lab is taken: just then somebody is served there, and the next resync is early enough.
    """
    root = f"{prefix}/workers/"
    last: dict[str, Any] = {}

    def key_of(event: WatchEvent) -> str | None:
        worker_id, _, leaf = event.kv.key.removeprefix(root).partition("/")
        if leaf != "actual":
            return None
        seen: Any = None
        if event.kind is WatchEventKind.PUT:
            value = event.kv.json()
            removing = (value.get("prepared") or {}).get(PreparedLabStatus.REMOVING.value, 0)
            seen = (value.get("status"), value.get("service_status"), removing)
        changed = last.get(worker_id) != seen
        last[worker_id] = seen
        return POOLS_KEY if changed else None

    return WatchedPrefix(root, key_of)


def _host(worker: CMLWorkerReadModel) -> CmlHost:
    return CmlHost(worker.id, worker.private_ip or "")


def _measure(wishes: Sequence[PoolWish], workers: Sequence[CMLWorkerReadModel]) -> None:
    for wish in wishes:
        labels = {"definition": wish.definition_name}
        _target.set(wish.target, labels)
        _ready.set(count_labs(workers, wish.definition_name, PreparedLabStatus.READY), labels)
