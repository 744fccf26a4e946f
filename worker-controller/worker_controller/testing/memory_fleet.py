"""The real phases, loops and queues on far ends in memory; the controller can be killed at any moment.

Scale-down is left out: what is wanted of a worker is said from outside.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from lcm_core.clock import Clock
from lcm_core.reconcile import (
    BackOff,
    ReconcileLoop,
    ReconcileOptions,
    Reconciler,
    ReconciliationHostedService,
    Result,
    WatchedPrefix,
)
from lcm_core.testing.virtual_time import LoopClock
from worker_controller.application.hosted_services.worker_reconciler import WorkerReconciler
from worker_controller.application.phases.table import FarEnds, PhasePolicy, worker_phases
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.application.services.cloud_sweep import CloudSweepReconciler
from worker_controller.application.services.discovery import DiscoveryReconciler
from worker_controller.application.services.host_follower import HostFollower
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.application.services.stray_handler import StrayHandler
from worker_controller.domain.observing import ObservingPolicy
from worker_controller.domain.pace import TransitionPace
from worker_controller.testing.memory_care import MemoryCare
from worker_controller.testing.memory_cloud import MemoryCloud
from worker_controller.testing.memory_hosts import MemoryHosts
from worker_controller.testing.memory_record import MemoryRecord, MemorySessions, MemoryTemplates, MemoryTokens
from worker_controller.testing.wire import Wire

POLICY = PhasePolicy(
    pace=TransitionPace(0.5, 10),
    observing=ObservingPolicy(),
    launch_give_up=600,
    readiness_factor=2,
    readiness_least=300,
    drain_warn=14_400,
    stop_force=600,
    resting_look=60,
    failed_keep=600,
    licence_release=30,
    lookup_distance=1.0,
)


class _AlwaysLeads:
    """The term of a leader that nobody replaces."""

    service, instance, is_leader, is_valid, leadership = "worker-controller", "memory", True, True, None

    async def run(self, lead: Any) -> None:
        await lead(self)


@dataclass(slots=True)
class _Counting:
    """Counts the passes of each worker."""

    inner: WorkerReconciler
    passes: Counter[str]

    async def list_keys(self) -> list[str]:
        return await self.inner.list_keys()

    async def reconcile(self, key: str) -> Result:
        self.passes[key] += 1
        return await self.inner.reconcile(key)


class MemoryFleet:
    """``passes`` counts how often each worker was handled, over all lives of the controller."""

    def __init__(self, clock: Clock | None = None, *, policy: PhasePolicy = POLICY) -> None:
        self.clock: Clock = clock or LoopClock()
        self.wire = Wire(self.clock)
        self.cloud = MemoryCloud(self.wire, self.clock)
        self.hosts = MemoryHosts(self.wire, self.clock, self.cloud)
        self.record = MemoryRecord(self.wire, self.clock)
        self.sessions = MemorySessions()
        self.care = MemoryCare()
        self.passes: Counter[str] = Counter()
        self._policy = policy
        self._life: asyncio.Task[None] | None = None
        self.wire.kill = self.kill

    def controller(self) -> ReconciliationHostedService:
        """A new one, as after a restart: it remembers nothing."""
        client: Any = SimpleNamespace(
            workers=self.record, templates=MemoryTemplates(), sessions=self.sessions, fleet=self.care
        )
        book, follower = CloudBook(self.clock), HostFollower(self.hosts, clock=self.clock)
        licences = LicenceKeeper(MemoryTokens(), clock=self.clock, retry_seconds=60)
        far = FarEnds(self.cloud, self.cloud, self.hosts, book, follower)
        workers = WorkerReconciler(client.workers, worker_phases(client, far, licences, self._policy, self.clock))
        discovery = DiscoveryReconciler(
            client,
            StrayHandler(client, self.cloud, self.cloud, self.hosts, clock=self.clock),
            self.cloud,
            self.cloud,
            regions=["us-east-1"],
            clock=self.clock,
            young_seconds=300,
        )
        sweep = CloudSweepReconciler(
            client.workers, self.cloud, self.cloud, book, clock=self.clock, policy=self._policy.observing
        )
        worker_loop = ReconcileLoop(
            "workers",
            _Counting(workers, self.passes),
            source=self.record,
            watches=(WatchedPrefix.by_id("/lcm/workers"),),
            options=ReconcileOptions(
                max_concurrent=16, resync_interval=30, back_off=BackOff(first_seconds=0.5, most_seconds=30)
            ),
            clock=self.clock,
        )
        follower.on_wake(worker_loop.queue.add)
        election: Any = _AlwaysLeads()
        return ReconciliationHostedService(
            "worker-controller",
            election=election,
            loops=[worker_loop, self._loop("discovery", discovery, 300), self._loop("cloud", sweep, 60)],
            leader_work=[follower],
            clock=self.clock,
        )

    def _loop(self, name: str, reconciler: Reconciler, seconds: float) -> ReconcileLoop:
        return ReconcileLoop(name, reconciler, options=ReconcileOptions(resync_interval=seconds), clock=self.clock)

    def kill(self) -> None:
        """Without warning; ``running`` starts another one a moment later."""
        if self._life is not None:
            self._life.cancel()

    @asynccontextmanager
    async def running(self, *, restart_seconds: float = 3.0) -> AsyncGenerator[None]:
        """A controller is at work until the block ends, killed or not."""

        async def lives() -> None:
            while True:
                self._life = asyncio.create_task(self.controller().run())
                await asyncio.wait([self._life])
                if not self._life.cancelled():
                    self._life.result()
                await self.clock.sleep(restart_seconds)

        living = asyncio.create_task(lives())
        try:
            yield
            if living.done():
                living.result()
        finally:
            living.cancel()
            self.kill()
            await asyncio.gather(living, *([self._life] if self._life else []), return_exceptions=True)
