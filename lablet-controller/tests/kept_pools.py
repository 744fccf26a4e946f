"""The keeper of the warm pools at work, and a host in memory for what needs no real one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

import pytest

from lablet_controller.application.hosted_services.warm_pool_keeper import POOLS_KEY, WarmPoolKeeper
from lablet_controller.application.ports.cml_labs import CmlHost, CmlLabs, CmlNotFound, HostLab, ImportedLab, LabState
from lablet_controller.application.services.content_store import ContentStore
from lablet_controller.application.services.lab_preparation import LabPreparation
from lablet_controller.application.services.topology_rewriter import TopologyRewriter
from lcm_core.domain.warm_pool import PreparedLabStatus, WarmPoolPolicy
from lcm_core.reconcile import Done, Result
from lcm_core.testing.manual_clock import ManualClock

from .fake_control_plane import FakeControlPlane


@dataclass(slots=True)
class MemoryLabs:
    """``CmlLabs`` of one host, as far as a keeper asks; ``fails`` are raised by the next imports, one by one.

    ``dies`` has its caller die once at every kind of call, before it or after it took effect.
    """

    titles: dict[str, str] = field(default_factory=dict[str, str])
    fails: list[Exception] = field(default_factory=list[Exception])
    dies: str = "never"
    died_at: set[str] = field(default_factory=set[str])

    async def host_labs(self, host: CmlHost) -> tuple[HostLab, ...]:
        self._die("list", "before")
        found = tuple(HostLab(id, title) for id, title in self.titles.items())
        self._die("list", "after")
        return found

    async def import_lab(self, host: CmlHost, topology: str, title: str) -> ImportedLab:
        self._die("import", "before")
        if self.fails:
            raise self.fails.pop(0)
        lab = ImportedLab(uuid4().hex)
        self.titles[lab.lab_id] = title
        self._die("import", "after")
        return lab

    async def lab_exists(self, host: CmlHost, lab_id: str) -> bool:
        return lab_id in self.titles

    async def lab_state(self, host: CmlHost, lab_id: str) -> LabState:
        self._require(host, lab_id)
        return LabState.DEFINED_ON_CORE

    async def stop_lab(self, host: CmlHost, lab_id: str) -> None:
        self._require(host, lab_id)

    async def wipe_lab(self, host: CmlHost, lab_id: str) -> None:
        self._require(host, lab_id)

    async def delete_lab(self, host: CmlHost, lab_id: str) -> None:
        self._require(host, lab_id)
        self._die("delete", "before")
        del self.titles[lab_id]
        self._die("delete", "after")

    def _require(self, host: CmlHost, lab_id: str) -> None:
        if lab_id not in self.titles:
            raise CmlNotFound(host, f"no lab {lab_id}")

    def _die(self, call: str, when: str) -> None:
        if self.dies == when and call not in self.died_at:
            self.died_at.add(call)
            raise asyncio.CancelledError


@dataclass(frozen=True, slots=True)
class KeptPools:
    """A keeper that starts anew with every pass."""

    plane: FakeControlPlane
    clock: ManualClock
    labs: Any

    async def one_pass(self, key: str = POOLS_KEY) -> Result:
        client = self.plane.client
        contents = ContentStore(client.definitions)
        preparation = LabPreparation(client, contents, TopologyRewriter(), cast(CmlLabs, self.labs), self.clock)
        return await WarmPoolKeeper(client, preparation, self.clock).reconcile(key)

    async def settle(self, *, passes: int = 20) -> None:
        for _ in range(passes):
            if await self.one_pass() == Done():
                return
            self.clock.advance(1)
        pytest.fail(f"still at work: {self.plane.pools.labs()}")

    async def fill(self, depth: int = 1, **policy: Any) -> None:
        self.plane.pools.policy = WarmPoolPolicy(depth=depth, **policy)
        await self.settle()

    def statuses(self, worker_id: str = "worker-1") -> list[PreparedLabStatus]:
        return [lab.status for lab in self.plane.pools.labs(worker_id)]
