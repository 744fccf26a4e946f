"""The scheduler's picture of the fleet: rows from control-plane-api, kept fresh by capacity hints from etcd.

etcd only hints. A hint newer than the row brings the worker's allocations up to date without a call; one that says more
than the row can tell makes the row stale, and stale rows are read again before the next decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from lcm_core.clock import Clock
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, WorkerTemplateReadModel
from lcm_core.domain.values import CapacityAllocation, ForeignLab, PortRange, ResourceVector
from lcm_core.domain.warm_pool import PreparedLab
from lcm_core.placement.fleet import FleetSnapshot
from lcm_core.placement.snapshots import FleetSnapshots
from resource_scheduler.domain.start_times import StartTimes

_READ_ALL_FROM = 8


class WorkersSource(Protocol):
    async def list(self, statuses: Iterable[CMLWorkerStatus] = ()) -> list[CMLWorkerReadModel]: ...

    async def get(self, worker_id: str) -> CMLWorkerReadModel: ...


class TemplatesSource(Protocol):
    async def list(self) -> list[WorkerTemplateReadModel]: ...


class ForeignLabHint(BaseModel):
    """Titles and owners are other people's: etcd is not told."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lab_id: str
    ports: tuple[int, ...]


class CapacityHint(BaseModel):
    """The value of ``workers/{id}/capacity`` in etcd."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    declared: ResourceVector
    allocations: tuple[CapacityAllocation, ...]
    port_range: PortRange
    foreign_labs: tuple[ForeignLabHint, ...] = ()
    prepared_labs: tuple[PreparedLab, ...] = ()
    placeable: bool
    host_lost: bool = False
    status: CMLWorkerStatus
    desired_status: WorkerDesiredStatus | None = None
    version: int


@dataclass(frozen=True, slots=True)
class FleetChange:
    """What a hint meant: may sessions that wait for room find some, and which sessions must look after themselves?"""

    room_may_have_grown: bool = False
    affected_sessions: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Templates:
    rows: tuple[WorkerTemplateReadModel, ...] = ()
    read_at: float = field(default=float("-inf"))


class FleetView:
    """One per term of office: ``forget`` it at the start of each. Templates are read again after *template_seconds*.

    ``room_version`` is another one whenever there may be room where there was none: what found no room under one
    version need not be tried again under the same.
    """

    def __init__(
        self, workers: WorkersSource, templates: TemplatesSource, clock: Clock, *, template_seconds: float = 30.0
    ) -> None:
        self._workers = workers
        self._template_source = templates
        self._clock = clock
        self._template_seconds = template_seconds
        self._reading = asyncio.Lock()
        self._rows: dict[str, CMLWorkerReadModel] = {}
        self._stale: set[str] = set()
        self._gone: set[str] = set()
        self._loaded = False
        self._templates = _Templates()
        self._held: dict[str, dict[str, CapacityAllocation]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self.start_times = StartTimes()
        self.room_version = 0
        self._snapshots = FleetSnapshots()
        self._on_change: Callable[[FleetChange], None] = lambda _change: None

    def on_change(self, listener: Callable[[FleetChange], None]) -> None:
        """*listener* is told what a read finds before its hint comes: by then that says nothing new."""
        self._on_change = listener

    def forget(self) -> None:
        """Nothing is known any more; the next question reads everything. Proposals in hand stay."""
        self._rows.clear()
        self._stale.clear()
        self._gone.clear()
        self._loaded = False
        self._templates = _Templates()
        self.room_version += 1

    # -- questions

    async def snapshot(self) -> FleetSnapshot:
        """The fleet as it is now, proposals in hand included.

        Between the return of this and ``holding`` nothing may be awaited: then no other task can propose the same room.
        """
        await self.refresh_templates(older_than_seconds=self._template_seconds)
        await self._freshen()
        held = {worker_id: allocations.values() for worker_id, allocations in self._held.items()}
        return self._snapshots.take(self._clock.now(), self._rows.values(), self._templates.rows, held)

    async def worker(self, worker_id: str) -> CMLWorkerReadModel | None:
        """One worker's row; None when it is terminated or was never there.

        One that is not known yet is asked for: a session may tell of it before its own key does.
        """
        await self._freshen()
        if worker_id and worker_id not in self._rows and worker_id not in self._gone:
            await self.refresh(worker_id)
        return self._rows.get(worker_id)

    async def workers(self) -> list[CMLWorkerReadModel]:
        """Every worker that is not terminated, by id."""
        await self._freshen()
        return [self._rows[worker_id] for worker_id in sorted(self._rows)]

    async def templates(self) -> tuple[WorkerTemplateReadModel, ...]:
        await self.refresh_templates(older_than_seconds=self._template_seconds)
        return self._templates.rows

    async def slowest_start_seconds(self) -> float:
        """Of the enabled templates, as declared or as seen, whichever is more; 0 without any."""
        rows = [row for row in await self.templates() if row.enabled]
        return max((max(row.startup_seconds, self.start_times.slowest(row.name)) for row in rows), default=0)

    def start_seconds(self, worker: CMLWorkerReadModel) -> float:
        """How long the start of *worker* takes at worst, by its template and by what was seen of its like."""
        return max(worker.startup_seconds, self.start_times.slowest(worker.template_name))

    # -- keeping it fresh

    async def reload(self) -> None:
        """Read every worker again."""
        async with self._reading:
            await self._read_all()

    async def refresh(self, worker_id: str) -> None:
        """Read one worker again."""
        async with self._reading:
            await self._read(worker_id)

    async def refresh_templates(self, *, older_than_seconds: float | None = None) -> None:
        """Read the templates again; with *older_than_seconds* only when they were read longer ago than that."""
        age = self._clock.monotonic() - self._templates.read_at
        if older_than_seconds is not None and age <= older_than_seconds:
            return
        asked_at = self._clock.monotonic()
        rows = tuple(await self._template_source.list())
        self.room_version += rows != self._templates.rows
        self._templates = _Templates(rows, asked_at)

    def apply(self, worker_id: str, hint: CapacityHint | None) -> FleetChange:
        """Take note of what etcd says of a worker; None when its key is gone."""
        change = self._apply(worker_id, hint)
        self.room_version += change.room_may_have_grown
        return change

    def _apply(self, worker_id: str, hint: CapacityHint | None) -> FleetChange:
        row = self._rows.get(worker_id)
        if hint is None:
            if row is None:
                return FleetChange()
            self._stale.add(worker_id)
            return FleetChange(True, _sessions_of(row))
        if row is None:
            self._stale.add(worker_id)
            return FleetChange(room_may_have_grown=True)
        if hint.version <= row.version:
            return FleetChange()
        wanted = hint.desired_status or row.desired_status
        if (hint.status, hint.placeable, wanted, hint.host_lost) != _service_of(row):
            self._stale.add(worker_id)
            return FleetChange(True, _sessions_of(row) | {each.session_id for each in hint.allocations})
        foreign_labs = tuple(ForeignLab(lab_id=lab.lab_id, title="", ports=lab.ports) for lab in hint.foreign_labs)
        self._rows[worker_id] = row.model_copy(
            update={
                "declared": hint.declared,
                "allocations": hint.allocations,
                "port_range": hint.port_range,
                "foreign_labs": foreign_labs,
                "prepared_labs": hint.prepared_labs,
                "version": hint.version,
            }
        )
        released = _sessions_of(row) - {each.session_id for each in hint.allocations}
        other_room = hint.declared != row.declared or _ports_of(foreign_labs) != _ports_of(row.foreign_labs)
        return FleetChange(room_may_have_grown=bool(released) or other_room)

    # -- proposals in hand

    @contextmanager
    def holding(self, worker_id: str, allocation: CapacityAllocation) -> Generator[None]:
        """While inside, other decisions count *allocation* as taken."""
        self._held.setdefault(worker_id, {})[allocation.session_id] = allocation
        try:
            yield
        finally:
            held = self._held.get(worker_id, {})
            held.pop(allocation.session_id, None)
            if not held:
                self._held.pop(worker_id, None)
            row = self._rows.get(worker_id)
            self.room_version += row is None or allocation.session_id not in _sessions_of(row)

    def granted(self, worker_id: str, allocation: CapacityAllocation) -> None:
        """control-plane-api said yes: count it until its own word comes, which has the ports that were granted."""
        row = self._rows.get(worker_id)
        if row is None:
            return
        held = next((each for each in row.allocations if each.session_id == allocation.session_id), None)
        if held is None or not held.granted:
            others = tuple(each for each in row.allocations if each is not held)
            self._rows[worker_id] = row.model_copy(update={"allocations": (*others, allocation)})

    def turn(self, worker_id: str) -> asyncio.Lock:
        """Proposals for one worker are made one after the other: at once they would only get in each other's way."""
        return self._turns.setdefault(worker_id, asyncio.Lock())

    # -- inside

    async def _freshen(self) -> None:
        """A read that is under way is waited for: what it brings may be what the caller was woken for."""
        if self._loaded and not self._stale and not self._reading.locked():
            return
        async with self._reading:
            if not self._loaded or len(self._stale) >= _READ_ALL_FROM:
                await self._read_all()
            for worker_id in sorted(self._stale):
                await self._read(worker_id)

    async def _read_all(self) -> None:
        stale_before = set(self._stale)
        rows = await self._workers.list()
        before = self._rows
        self._rows = {row.id: self._newer(row) for row in rows}
        for row in rows:
            self.start_times.note(row, self._clock.now())
        self._stale -= stale_before
        self._loaded = True
        self._found([(before.get(id), self._rows.get(id)) for id in before.keys() | self._rows.keys()])

    async def _read(self, worker_id: str) -> None:
        self._stale.discard(worker_id)
        try:
            row = await self._workers.get(worker_id)
        except NotFound:
            self._drop(worker_id)
            return
        except BaseException:
            self._stale.add(worker_id)
            raise
        self.start_times.note(row, self._clock.now())
        known = self._rows.get(worker_id)
        if row.status is CMLWorkerStatus.TERMINATED:
            self._drop(worker_id)
        else:
            self._rows[worker_id] = self._newer(row)
        self._found([(known, self._rows.get(worker_id))])

    def _found(self, pairs: Iterable[tuple[CMLWorkerReadModel | None, CMLWorkerReadModel | None]]) -> None:
        """Rows as they were and as they are now, None for none."""
        changed = [(old, new) for old, new in pairs if _version_of(old) != _version_of(new)]
        if not changed:
            return
        self.room_version += 1
        stirred = [row for old, new in changed if _service_of(old) != _service_of(new) for row in (old, new) if row]
        self._on_change(FleetChange(True, frozenset[str]().union(*map(_sessions_of, stirred))))

    def _drop(self, worker_id: str) -> None:
        """It is terminated, for good."""
        self._rows.pop(worker_id, None)
        self._gone.add(worker_id)

    def _newer(self, row: CMLWorkerReadModel) -> CMLWorkerReadModel:
        """*row* unless a hint that came while it was read knows better."""
        known = self._rows.get(row.id)
        return known if known is not None and known.version > row.version else row


def _sessions_of(row: CMLWorkerReadModel) -> frozenset[str]:
    return frozenset(each.session_id for each in row.allocations)


def _ports_of(labs: Iterable[ForeignLab]) -> dict[str, tuple[int, ...]]:
    return {lab.lab_id: lab.ports for lab in labs}


def _version_of(row: CMLWorkerReadModel | None) -> int | None:
    return row.version if row is not None else None


def _service_of(row: CMLWorkerReadModel | None) -> tuple[object, ...]:
    """What decides whether sessions may stay on it."""
    if row is None:
        return ()
    return row.status, row.placeable, row.desired_status, row.host_loss is not None
