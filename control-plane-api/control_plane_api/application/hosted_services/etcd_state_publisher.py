"""Tells etcd of every commit, milliseconds after it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog

from control_plane_api.application.hosted_services.key_publisher import KeysTold, Rebuilt, nobody
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

_CONCURRENT = 4
_MOST_AT_ONCE = 40
_PAUSE_SECONDS = 1.0
_REMEMBERED_VERSIONS = 50_000

_Key = tuple[str, str]


class StatePublisher(Protocol):
    """Publishes aggregates of one *kind*."""

    @property
    def kind(self) -> str: ...

    async def publish(self, rows: Mapping[str, Any]) -> None:
        """Tell what *rows* say, read models by id; None for one that is no more. Safe to repeat, older rows too."""
        ...

    async def repair(self) -> int:
        """Put right all of the kind; how many keys had to be changed."""
        ...

    async def rebuild(self, told: KeysTold = nobody) -> Rebuilt:
        """Write everything of the kind anew, and delete what does not belong."""
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
                kind, versions = await self._next()
                self._under_way |= {(kind, id) for id in versions}
                group.create_task(self._publish(kind, versions, slots))

    async def _next(self) -> tuple[str, dict[str, int]]:
        """The oldest aggregates of one kind that wait and are not being published now: ids, and the versions wanted."""
        while True:
            waiting = [key for key in self._waiting if key not in self._under_way]
            if waiting:
                kind = waiting[0][0]
                some = [key for key in waiting if key[0] == kind][:_MOST_AT_ONCE]
                return kind, {id: self._waiting.pop((kind, id)) for _, id in some}
            self._changed.clear()
            await self._changed.wait()

    async def _publish(self, kind: str, versions: dict[str, int], slots: asyncio.Semaphore) -> None:
        news = {id: version for id, version in versions.items() if self._told.get((kind, id), 0) < version}
        try:
            if news:
                found = await asyncio.gather(*(self._rows.find(kind, id, version) for id, version in news.items()))
                rows = dict(zip(news, found, strict=True))
                await self._publishers[kind].publish(rows)
                for id, row in rows.items():
                    self._remember((kind, id), news[id] if row is None else row.version)
                _published.add(len(news), {"kind": kind})
        except FarEndError as error:
            _failed.add(len(news), {"kind": kind})
            log.warning("etcd_publish_failed", kind=kind, ids=sorted(news), reason=str(error))
            for id, version in news.items():
                self._waiting[kind, id] = max(version, self._waiting.get((kind, id), 0))
            await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._under_way -= {(kind, id) for id in versions}
            self._changed.set()
            slots.release()

    def _remember(self, key: _Key, version: int) -> None:
        self._told[key] = version
        self._told.move_to_end(key)
        if len(self._told) > _REMEMBERED_VERSIONS:
            self._told.popitem(last=False)
