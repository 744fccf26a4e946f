"""The fleet as this process knows it, so that a booking does not read all of it.

What this process commits is written into the book at once. The commits of others, as the change feed brings them, tell
what to read again before the next look. The book may still be a moment behind: the worker aggregates have the last
word, and what they say corrects it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from control_plane_api.application.rows import Rows
from control_plane_api.domain.entities import CMLWorker, read_model_of
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, WorkerTemplateReadModel
from lcm_core.placement.fleet import FleetSnapshot, WorkerSnapshot
from lcm_core.placement.snapshots import template_pauses, template_snapshot, worker_snapshot

_COUNTED = tuple(status.value for status in CMLWorkerStatus if status is not CMLWorkerStatus.TERMINATED)
_READ_ALL_FROM = 50
_TIMELESS = frozenset({CMLWorkerStatus.RUNNING, CMLWorkerStatus.DRAINING, CMLWorkerStatus.FAILED})
"""In these nothing of a worker's snapshot depends on the moment at which it is taken."""


class Fleet(Protocol):
    """What admission knows of the fleet."""

    async def view(self, at: datetime) -> FleetSnapshot:
        """Every worker that is not TERMINATED, and every enabled template."""
        ...

    async def alive_in(self, region: str) -> list[str]:
        """Ids of all workers of the region that are not TERMINATED, as it is on record at this moment."""
        ...

    def doubt(self, worker_id: str) -> None:
        """What was told of the worker turned out to be old."""
        ...

    def doubt_templates(self) -> None: ...


class FleetBook:
    """``Fleet`` on the read side."""

    def __init__(self, workers: Rows[CMLWorkerReadModel], templates: Rows[WorkerTemplateReadModel]) -> None:
        self._workers = workers
        self._templates = templates
        self._reading = asyncio.Lock()
        self._rows: dict[str, CMLWorkerReadModel] = {}
        self._offers: tuple[WorkerTemplateReadModel, ...] = ()
        self._snapshots: dict[str, WorkerSnapshot] = {}
        self._stale: set[str] = set()
        self._offers_known = False
        self._loaded = False

    def keep(self, committed: Iterable[AnyAggregate]) -> None:
        """*committed* by this process, as they are now."""
        for worker in committed:
            if not isinstance(worker, CMLWorker):
                continue
            if self._reading.locked() or not self._loaded:
                self.doubt(worker.id)  # What is being read may be older, and would replace it.
            else:
                self._take([worker.id], [read_model_of(worker, CMLWorkerReadModel)])

    def notice(self, commits: Sequence[Commit]) -> None:
        """An after-commit hook; cheap and never waiting."""
        for commit in commits:
            if commit.kind == "worker_template":
                self.doubt_templates()
            elif commit.kind == "cml_worker":
                row = self._rows.get(commit.aggregate_id)
                if row is None or row.version < commit.version:
                    self.doubt(commit.aggregate_id)

    def doubt(self, worker_id: str) -> None:
        self._stale.add(worker_id)

    def doubt_templates(self) -> None:
        self._offers_known = False

    def forget(self) -> None:
        """Commits were missed: the next look reads everything."""
        self._loaded = False
        self._offers_known = False

    async def view(self, at: datetime) -> FleetSnapshot:
        async with self._reading:
            await self._freshen()
        known = {
            row.name: template_snapshot(row, pause) for row, pause in template_pauses(self._offers, self._rows.values())
        }
        workers: list[WorkerSnapshot] = []
        for id in sorted(self._rows):
            row = self._rows[id]
            snapshot = self._snapshots.get(id)
            if snapshot is None or row.status not in _TIMELESS:
                snapshot = worker_snapshot(row, known.get(row.template_name), at=at)
                self._snapshots[id] = snapshot
            workers.append(snapshot)
        return FleetSnapshot(at=at, workers=tuple(workers), templates=tuple(known[name] for name in sorted(known)))

    async def alive_in(self, region: str) -> list[str]:
        return [row.id for row in await self._workers.in_any("status", _COUNTED, region=region)]

    async def _freshen(self) -> None:
        """Marks are taken off before reading, so that what changes meanwhile is read again, and put back on failure."""
        try:
            if not self._offers_known:
                self._offers_known = True
                self._offers = tuple(await self._templates.where(enabled=True))
                self._snapshots.clear()
            if not self._loaded or len(self._stale) >= _READ_ALL_FROM:
                self._loaded = True
                self._stale.clear()
                rows = await self._workers.in_any("status", _COUNTED)
                self._rows = {row.id: row for row in rows}
                self._snapshots.clear()
            elif self._stale:
                ids, self._stale = sorted(self._stale), set()
                self._take(ids, await self._workers.by_ids(ids))
        except BaseException:
            self.forget()
            raise

    def _take(self, ids: Iterable[str], rows: Iterable[CMLWorkerReadModel]) -> None:
        found = {row.id: row for row in rows if row.status is not CMLWorkerStatus.TERMINATED}
        for id in ids:
            self._snapshots.pop(id, None)
            self._rows.pop(id, None)
        self._rows |= found
