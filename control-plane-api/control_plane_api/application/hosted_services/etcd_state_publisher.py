"""Tells etcd of every commit, milliseconds after it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

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

_Key = tuple[str, str]


class StatePublisher(Protocol):
    """Publishes aggregates of one *kind*."""

    @property
    def kind(self) -> str: ...

    async def publish(self, id: str) -> None:
        """Tell how the aggregate is now; safe to repeat."""
        ...

    async def repair(self) -> int:
        """Put right all of the kind; how many keys had to be changed."""
        ...


class EtcdStatePublisher:
    """A hosted service with a queue of aggregates: one that changes ten times while it waits is published once.

    ``notice`` is called after each commit of this process and for each commit on the change feed, so that commits of
    other processes are told too when those died before they could.
    """

    name = "etcd-state-publisher"

    def __init__(self, publishers: Sequence[StatePublisher]) -> None:
        self._publishers = {publisher.kind: publisher for publisher in publishers}
        self._waiting: dict[_Key, None] = {}
        self._under_way: set[_Key] = set()
        self._changed = asyncio.Event()

    def notice(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            if commit.kind in self._publishers:
                self._waiting[commit.kind, commit.aggregate_id] = None
        self._changed.set()

    async def run(self) -> None:
        slots = asyncio.Semaphore(_CONCURRENT)
        async with asyncio.TaskGroup() as group:
            while True:
                await slots.acquire()
                key = await self._next()
                self._under_way.add(key)
                group.create_task(self._publish(key, slots))

    async def _next(self) -> _Key:
        """The oldest aggregate that waits and is not being published at this moment."""
        while True:
            for key in self._waiting:
                if key not in self._under_way:
                    del self._waiting[key]
                    return key
            self._changed.clear()
            await self._changed.wait()

    async def _publish(self, key: _Key, slots: asyncio.Semaphore) -> None:
        kind, id = key
        try:
            await self._publishers[kind].publish(id)
            _published.add(1, {"kind": kind})
        except FarEndError as error:
            _failed.add(1, {"kind": kind})
            log.warning("etcd_publish_failed", kind=kind, id=id, reason=str(error))
            self._waiting.setdefault(key, None)
            await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._under_way.discard(key)
            self._changed.set()
            slots.release()
