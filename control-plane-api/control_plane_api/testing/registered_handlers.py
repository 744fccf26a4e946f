"""The command handlers as they are registered, on a store in memory: without database, mediator and clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from uuid import uuid4

from control_plane_api.application.commands.registration import register_commands
from control_plane_api.application.read_side import ReadSide
from control_plane_api.application.services.fleet_book import Fleet
from control_plane_api.application.services.observed_times import ObservedTimes
from control_plane_api.domain.entities import CMLWorker, WorkerTemplate, read_model_of
from control_plane_api.testing.memory_store import MemoryStore
from lcm_core.application.mediator import Command, CommandHandler, Mediator
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, ScalingFinding, WorkerTemplateReadModel
from lcm_core.placement.fleet import FleetSnapshot
from lcm_core.placement.snapshots import fleet_snapshot

R = TypeVar("R")


class NothingLearned:
    """``ObservedTimesStore`` of labs that nobody has had yet."""

    async def find(self, definition_id: str) -> ObservedTimes:
        return ObservedTimes(definition_id=definition_id)

    async def save(self, times: ObservedTimes) -> None:
        raise AssertionError("bookings learn nothing")


class NothingKept:
    """``ScalingRecords`` where nobody asks for them later."""

    async def record(self, findings: Sequence[ScalingFinding], actor: str) -> int:
        del actor
        return len(findings)


class RegisteredHandlers:
    """To be run without what a mediator does around them."""

    def __init__(self, fleet: Fleet, *, worker_rows: Any = None) -> None:
        self._by_command: dict[type[Any], Any] = {}
        # None of the commands used here reads anything but the aggregates that it changes, and the fleet; only a
        # scale-up counts the workers (*worker_rows*).
        nothing = SimpleNamespace(
            templates=None,
            workers=worker_rows,
            times=NothingLearned(),
            metric_history=None,
            scaling=NothingKept(),
            content=None,
            definitions=None,
            inbound_events=None,
            subscriptions=None,
        )
        register_commands(cast(Mediator, self), cast(ReadSide, nothing), fleet, new_id=lambda: uuid4().hex)

    def register_command(self, command: type[Any], handler: Any) -> None:
        self._by_command[command] = handler

    def of(self, command: Command[R]) -> CommandHandler[Any, R]:
        return self._by_command[type(command)]


class StoreFleet:
    """``Fleet`` on the store, as it is."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def workers(self) -> list[CMLWorkerReadModel]:
        """Those that are not TERMINATED."""
        rows = [read_model_of(worker, CMLWorkerReadModel) for worker in self._store.all(CMLWorker)]
        return [row for row in rows if row.status is not CMLWorkerStatus.TERMINATED]

    async def view(self, at: datetime) -> FleetSnapshot:
        return self.snapshot(self.workers(), at)

    async def alive_in(self, region: str) -> list[str]:
        return [row.id for row in self.workers() if row.region == region]

    def snapshot(self, workers: list[CMLWorkerReadModel], at: datetime) -> FleetSnapshot:
        templates = [read_model_of(each, WorkerTemplateReadModel) for each in self._store.all(WorkerTemplate)]
        return fleet_snapshot(at, workers, templates, {})

    def doubt(self, worker_id: str) -> None:
        del worker_id

    def doubt_templates(self) -> None: ...


class StaleFleet(StoreFleet):
    """The same as it was up to three looks ago: admission has to live with that."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self._seen: list[CMLWorkerReadModel] = []
        self._looks = 0

    async def view(self, at: datetime) -> FleetSnapshot:
        if self._looks % 3 == 0:
            self._seen = self.workers()
        self._looks += 1
        return self.snapshot(self._seen, at)

    def doubt(self, worker_id: str) -> None:
        del worker_id
        self._looks = 0
