"""control-plane-api in virtual time: the registered handlers on a store in memory, with its API and its etcd keys."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bench.month.definitions import definition_content
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker_template.create_worker_template_command import (
    CreateWorkerTemplateCommand,
)
from control_plane_api.application.hosted_services.etcd_keys import SessionKeys, WorkerKeys
from control_plane_api.domain.entities import CMLWorker, LabletDefinition, LabletSession, WorkerTemplate, read_model_of
from control_plane_api.domain.events.lablet_session_promise_events import LabletSessionPromiseAtRiskDomainEvent
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.memory_store import MemoryStore
from control_plane_api.testing.registered_handlers import RegisteredHandlers, StoreFleet
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.coordination import KeyValue, WatchBatch, WatchEvent, WatchEventKind, WatchResync
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, WorkerTemplateReadModel
from lcm_core.domain.values import ResourceVector
from lcm_core.testing.virtual_time import LoopClock

R = TypeVar("R")
ROOT = "/lcm"
MONTH_BEGINS = datetime(2030, 1, 7, tzinfo=UTC)
_AT_RISK = f"{LabletSessionPromiseAtRiskDomainEvent.wire_name}."
_SESSION_KEYS, _WORKER_KEYS = SessionKeys(ROOT), WorkerKeys(ROOT)


class MonthClock(LoopClock):
    """The server's, and everybody's: nobody's clock is wrong in this month."""

    def now(self) -> datetime:
        return MONTH_BEGINS + timedelta(seconds=self.monotonic())

    @property
    def minute(self) -> float:
        return self.monotonic() / 60


class LivePlane(StoreFleet):
    """Rows are kept as the last commit left them; every commit is told to whoever watches, in the form of the keys."""

    def __init__(self, clock: MonthClock) -> None:
        self.clock = clock
        self.store = MemoryStore()
        super().__init__(self.store)
        self._handlers = RegisteredHandlers(self, worker_rows=self)
        self._one_at_a_time = asyncio.Lock()
        self._sessions: dict[str, LabletSessionReadModel] = {}
        self._live: dict[str, LabletSessionReadModel] = {}
        self._workers: dict[str, CMLWorkerReadModel] = {}
        self._told: dict[str, KeyValue] = {}
        self._watchers: list[tuple[str, asyncio.Queue[WatchEvent]]] = []
        self._changed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._revision = 1
        self.at_risk = 0
        """Promises that were told to be so."""

    async def do(self, command: Command[R]) -> R:
        """Raises what the handler raises, with nothing kept."""
        handler = self._handlers.of(command)
        async with self._one_at_a_time:
            ctx = self._context()
            answer, commits = await self.store.run_here(ctx, lambda uow, ctx: handler.handle(command, uow, ctx))
        self._tell(commits)
        return answer

    async def set_up(
        self, template: CreateWorkerTemplate, policy: FleetPolicy, shapes: dict[str, ResourceVector], lead: int
    ) -> None:
        await self.do(CreateWorkerTemplateCommand(template))
        await self.do(UpdateSystemSettingsCommand(policy, "for the month"))

        async def define(uow: UnitOfWork, ctx: CommandContext) -> None:
            stamp = Stamp(at=self.clock.now(), by=ctx.actor)
            for name, vector in shapes.items():
                definition = LabletDefinition.create(name, definition_content(name, vector, lead), stamp)
                definition.activate(stamp)
                uow.add(definition)

        await self.store.run_here(self._context(), define)

    def _context(self) -> CommandContext:
        return CommandContext(actor="month", correlation_id="month", at=self.clock.now())

    # -- rows

    def session(self, id: str) -> LabletSessionReadModel:
        return self._sessions[id]

    def worker(self, id: str) -> CMLWorkerReadModel:
        return self._workers[id]

    def workers(self) -> list[CMLWorkerReadModel]:
        return [row for row in self._workers.values() if row.status is not CMLWorkerStatus.TERMINATED]

    def live_sessions(self, statuses: Iterable[LabletSessionStatus] = ()) -> list[LabletSessionReadModel]:
        wanted = frozenset(statuses)
        return [row for row in self._live.values() if not wanted or row.status in wanted]

    def templates(self) -> list[WorkerTemplateReadModel]:
        return [read_model_of(each, WorkerTemplateReadModel) for each in self.store.all(WorkerTemplate)]

    async def in_any(self, field: str, values: Sequence[str], **equality: Any) -> list[CMLWorkerReadModel]:
        """``Rows`` of the workers, as far as a scale-up reads them."""
        return [
            row
            for row in self._workers.values()
            if getattr(row, field).value in values and all(getattr(row, name) == it for name, it in equality.items())
        ]

    # -- who is told

    async def change_of(self, id: str, *, until: datetime | None = None) -> bool:
        """Wait for the next commit of this aggregate; False when *until* came before."""
        event = self._changed[id]
        event.clear()
        pause = None if until is None else max(0.0, (until - self.clock.now()).total_seconds())
        try:
            async with asyncio.timeout(pause):
                await event.wait()
        except TimeoutError:
            return False
        return True

    def _tell(self, commits: tuple[Commit, ...]) -> None:
        for commit in commits:
            id, now = commit.aggregate_id, self.clock.now()
            self.at_risk += sum(event.type.startswith(_AT_RISK) for event in commit.events)
            if commit.kind == LabletSession.kind:
                row = read_model_of(self.store.get(LabletSession, id), LabletSessionReadModel)
                self._sessions[id] = self._live[id] = row
                if row.status is LabletSessionStatus.TERMINATED:
                    del self._live[id]
                self._publish(_SESSION_KEYS.names(id), _SESSION_KEYS.entries(row, now))
            elif commit.kind == CMLWorker.kind:
                worker = self._workers[id] = read_model_of(self.store.get(CMLWorker, id), CMLWorkerReadModel)
                self._publish(_WORKER_KEYS.names(id), _WORKER_KEYS.entries(worker, now))
            self._changed[id].set()
            self._changed[commit.kind].set()

    def _publish(self, names: tuple[str, ...], entries: Any) -> None:
        self._revision += 1
        for name in names:
            kind = WatchEventKind.PUT if name in entries else WatchEventKind.DELETE
            value = json.dumps(entries.get(name), default=str).encode()
            kv = KeyValue(name, value, 1, self._revision, 1, 0)
            if kind is WatchEventKind.PUT:
                self._told[name] = kv
            else:
                self._told.pop(name, None)
            for prefix, queue in self._watchers:
                if name.startswith(prefix):
                    queue.put_nowait(WatchEvent(kind, kv))

    async def watch_prefix(
        self, prefix: str, start_revision: int | None = None
    ) -> AsyncGenerator[WatchBatch | WatchResync]:
        """``WatchSource``: all there is, then every change."""
        queue: asyncio.Queue[WatchEvent] = asyncio.Queue()
        watcher = (prefix, queue)
        self._watchers.append(watcher)
        try:
            items = tuple(kv for name, kv in self._told.items() if name.startswith(prefix))
            yield WatchResync(items=items, revision=self._revision)
            while True:
                events = [await queue.get()]
                while not queue.empty():
                    events.append(queue.get_nowait())
                yield WatchBatch(events=tuple(events), revision=self._revision)
        finally:
            self._watchers.remove(watcher)
