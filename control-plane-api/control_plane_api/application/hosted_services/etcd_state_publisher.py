"""Tells etcd of every commit, milliseconds after it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from control_plane_api.application.live.latest_rows import LatestRows
from lcm_core.domain.commit import Commit
from lcm_core.domain.errors import FarEndError
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)

_meter = meter("control_plane_api.etcd")
_published = _meter.create_counter("lcm_etcd_published_total", description="Aggregates told to etcd, by kind.")
_failed = _meter.create_counter(
    "lcm_etcd_publish_failures_total", description="Times an aggregate could not be told to etcd, by kind."
)

_CONCURRENT = 16
_PAUSE_SECONDS = 1.0
_REMEMBERED_VERSIONS = 50_000

_Key = tuple[str, str]


class StatePublisher(Protocol):
    """Publishes aggregates of one *kind*."""

    @property
    def kind(self) -> str: ...

    async def publish(self, id: str, row: Any) -> None:
        """Tell what *row*, its read model, says; None for one that is no more. Safe to repeat, an older row too."""
        ...

    async def repair(self) -> int:
        """Put right all of the kind; how many keys had to be changed."""
        ...


class EtcdStatePublisher:
    """A hosted service with a queue of aggregates: one that changes ten times while it waits is published once.

    ``notice`` is called after each commit of this process and for each commit on the change feed, so that commits of
    other processes are told too when those died before they could. Which of the two comes second finds it done.
    """

    name = "etcd-state-publisher"

    def __init__(self, publishers: Sequence[StatePublisher], rows: LatestRows) -> None:
        self._publishers = {publisher.kind: publisher for publisher in publishers}
        self._rows = rows
        self._waiting: dict[_Key, int] = {}
        self._told: OrderedDict[_Key, int] = OrderedDict()
        self._under_way: set[_Key] = set()
        self._changed = asyncio.Event()

    def notice(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            key = commit.kind, commit.aggregate_id
            if commit.kind in self._publishers and self._told.get(key, 0) < commit.version:
                self._waiting[key] = max(commit.version, self._waiting.get(key, 0))
                self._changed.set()

    async def run(self) -> None:
        slots = asyncio.Semaphore(_CONCURRENT)
        async with asyncio.TaskGroup() as group:
            while True:
                await slots.acquire()
                key, version = await self._next()
                self._under_way.add(key)
                group.create_task(self._publish(key, version, slots))

    async def _next(self) -> tuple[_Key, int]:
        """The oldest aggregate that waits and is not being published at this moment, and the version it waits with."""
        while True:
            for key, version in self._waiting.items():
                if key not in self._under_way:
                    del self._waiting[key]
                    return key, version
            self._changed.clear()
            await self._changed.wait()

    async def _publish(self, key: _Key, version: int, slots: asyncio.Semaphore) -> None:
        kind, id = key
        try:
            if self._told.get(key, 0) < version:
                row = await self._rows.find(kind, id, version)
                await self._publishers[kind].publish(id, row)
                self._remember(key, version if row is None else row.version)
                _published.add(1, {"kind": kind})
        except FarEndError as error:
            _failed.add(1, {"kind": kind})
            log.warning("etcd_publish_failed", kind=kind, id=id, reason=str(error))
            self._waiting[key] = max(version, self._waiting.get(key, 0))
            await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._under_way.discard(key)
            self._changed.set()
            slots.release()

    def _remember(self, key: _Key, version: int) -> None:
        self._told[key] = version
        self._told.move_to_end(key)
        if len(self._told) > _REMEMBERED_VERSIONS:
            self._told.popitem(last=False)
