"""CML hosts in memory: each lives on its instance, boots, is licensed and lost, and tells of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from lcm_core.clock import Clock
from lcm_core.domain.enums import LicenseType
from lcm_core.domain.errors import FarEndError
from worker_controller.domain.cml_system import PRODUCTS, CmlInformation, CmlLicensing, CmlStats, Space
from worker_controller.domain.host_change import ChangeKind, HostChange, NoEventStream
from worker_controller.testing.memory_cloud import MemoryCloud
from worker_controller.testing.wire import Wire

T = TypeVar("T")
CML_BOOT_SECONDS, REGISTRATION_SECONDS = 60.0, 5.0
_GB = 1024.0**3


@dataclass(slots=True)
class MemoryHost:
    """``CmlSystemPort`` of one address. A new instance there is a new host: what was registered is not on it.

    ``down`` answers nothing; ``expansion`` is the nodes that its licence covers beyond those of the product.
    """

    address: str
    wire: Wire
    clock: Clock
    cloud: MemoryCloud
    expansion: int = 300
    down: bool = False
    labs_there: frozenset[str] = frozenset()
    nodes_running: int = 0
    _product: str = "CML_Enterprise"
    _registered_at: float | None = None
    listeners: list[asyncio.Queue[HostChange]] = field(default_factory=list[asyncio.Queue[HostChange]])

    @property
    def licensed(self) -> bool:
        return self._registered_at is not None and self.clock.monotonic() >= self._registered_at

    def lose_licence(self) -> None:
        self._registered_at = None

    def tell(self, kind: ChangeKind, lab_id: str = "lab", state: str = "") -> None:
        for queue in self.listeners:
            queue.put_nowait(HostChange(kind, lab_id, state))

    def require_up(self) -> None:
        since = self.cloud.running_since(self.address)
        if self.down or since is None or self.clock.monotonic() - since < CML_BOOT_SECONDS:
            raise FarEndError("cml", f"CML at {self.address} cannot be reached", retryable=True)

    async def information(self) -> CmlInformation:
        return await self._asked("information", lambda: CmlInformation("2.9.1+build.7", True))

    async def stats(self) -> CmlStats:
        memory, disk = Space(64 * _GB, 192 * _GB), Space(100 * _GB, 500 * _GB)
        return await self._asked("stats", lambda: CmlStats(48, 12.5, memory, disk, self.nodes_running))

    async def labs(self) -> frozenset[str]:
        return await self._asked("labs", lambda: self.labs_there)

    async def last_activity(self) -> datetime | None:
        return await self._asked("last_activity", lambda: None)

    async def licensing(self) -> CmlLicensing:
        return await self._asked("licensing", self._licensing)

    def _licensing(self) -> CmlLicensing:
        if self._registered_at is None:
            return CmlLicensing("NOT_REGISTERED", "INIT", self._product)
        if self.clock.monotonic() < self._registered_at:
            return CmlLicensing("IN_PROGRESS", "INIT", self._product)
        return CmlLicensing("COMPLETED", "IN_COMPLIANCE", self._product, self.expansion)

    async def take_over(self, instance_id: str) -> bool:
        return await self._asked("take_over", lambda: False)

    async def set_product(self, kind: LicenseType) -> None:
        def change() -> None:
            self._product = PRODUCTS[kind]

        await self._asked("set_product", change)

    async def register(self, token: str) -> None:
        def change() -> None:
            if self._registered_at is None:
                self._registered_at = self.clock.monotonic() + REGISTRATION_SECONDS

        await self._asked("register", change)

    async def deregister(self) -> None:
        def change() -> None:
            self._registered_at = None

        await self._asked("deregister", change)

    async def _asked(self, what: str, effect: Callable[[], T]) -> T:
        def answer() -> T:
            self.require_up()
            return effect()

        return await self.wire.call(f"cml.{what}", answer)


@dataclass(slots=True)
class MemoryHosts:
    """``CmlHosts`` and ``HostEventsPort``; *streams* says whether hosts have an event stream."""

    wire: Wire
    clock: Clock
    cloud: MemoryCloud
    streams: bool = True
    hosts: dict[str, MemoryHost] = field(default_factory=dict[str, MemoryHost])

    def at(self, address: str) -> MemoryHost:
        if address not in self.hosts:
            self.hosts[address] = MemoryHost(address, self.wire, self.clock, self.cloud)
        return self.hosts[address]

    async def forget(self, address: str) -> None:
        """Only the connections: the host itself lives and dies with its instance."""

    @asynccontextmanager
    async def open(self, address: str) -> AsyncGenerator[AsyncIterator[HostChange]]:
        host = self.at(address)
        self.wire.counts["cml.stream"] += 1
        if not self.streams:
            raise NoEventStream(address, "none in this fleet")
        host.require_up()
        queue: asyncio.Queue[HostChange] = asyncio.Queue()
        host.listeners.append(queue)
        try:
            yield _changes(queue)
        finally:
            host.listeners.remove(queue)


async def _changes(queue: asyncio.Queue[HostChange]) -> AsyncIterator[HostChange]:
    while True:
        yield await queue.get()
