"""Finds and repairs what etcd says wrong: after a crash, after etcd was wiped, after somebody deleted a key."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import structlog

from control_plane_api.application.hosted_services.etcd_state_publisher import StatePublisher
from lcm_core.coordination import EtcdClient, WatchResync
from lcm_core.domain.errors import FarEndError
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)

_repaired = meter("control_plane_api.etcd").create_counter(
    "lcm_etcd_repaired_keys_total", description="Keys of etcd that the sweep had to put right, by kind."
)
_RETRY_SECONDS = 1.0


async def rebuild(publishers: Sequence[StatePublisher]) -> dict[str, int]:
    """Compare everything once; keys that had to be changed, by kind."""
    return {publisher.kind: await publisher.repair() for publisher in publishers}


class EtcdRepairSweep:
    """Work of the leading instance: sweeps when it is elected, when etcd lost data, and every *sweep_seconds*.

    Paused, it finishes its pass and begins no other. *watched_prefix* is any prefix with few keys: a watch on it tells
    when etcd has forgotten its past.
    """

    name = "etcd-sweep"

    def __init__(
        self, etcd: EtcdClient, publishers: Sequence[StatePublisher], *, watched_prefix: str, sweep_seconds: float
    ) -> None:
        self._etcd = etcd
        self._publishers = publishers
        self._watched_prefix = watched_prefix
        self._sweep_seconds = sweep_seconds
        self._wanted = asyncio.Event()
        self._allowed = asyncio.Event()
        self._allowed.set()

    def pause(self, paused: bool) -> None:
        if paused:
            self._allowed.clear()
        elif not self._allowed.is_set():
            self._wanted.set()
            self._allowed.set()

    @property
    def waiting(self) -> int:
        """1 when a pass is wanted."""
        return int(self._wanted.is_set())

    def want(self) -> None:
        """Sweep as soon as possible, because something may have been missed."""
        self._wanted.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._notice_lost_data())
            while True:
                await self._allowed.wait()
                done = await self._sweep()
                try:
                    async with asyncio.timeout(self._sweep_seconds if done else _RETRY_SECONDS):
                        await self._wanted.wait()
                except TimeoutError:
                    pass

    async def _sweep(self) -> bool:
        self._wanted.clear()
        try:
            repaired = await rebuild(self._publishers)
        except FarEndError as error:
            log.warning("etcd_sweep_failed", reason=str(error))
            return False
        for kind, keys in repaired.items():
            if keys:
                _repaired.add(keys, {"kind": kind})
                log.warning("etcd_sweep_repaired", kind=kind, keys=keys)
        return True

    async def _notice_lost_data(self) -> None:
        async with aclosing(self._etcd.watch_prefix(self._watched_prefix)) as changes:
            async for change in changes:
                if isinstance(change, WatchResync):
                    self._wanted.set()
