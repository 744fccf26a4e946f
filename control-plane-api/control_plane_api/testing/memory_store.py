"""Command handlers without a database: for tests that run thousands of commands to look for a rule that breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from lcm_core.application.context import CommandContext
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit, CommitMetadata, RecordedEvent, stream_id
from lcm_core.domain.errors import NotFound
from lcm_core.domain.json_form import JsonObject
from lcm_core.eventstore.audit_report import Finding, HistoricCommit, Invariant
from lcm_core.eventstore.state_keeper import StateKeeper

AggregateT = TypeVar("AggregateT", bound=AnyAggregate)
R = TypeVar("R")
_PATIENCE_SECONDS = 30


class MemoryStore:
    """Commits and current-state documents by stream, in JSON form as the real store keeps them."""

    def __init__(self) -> None:
        self.commits: dict[str, list[HistoricCommit]] = {}
        self.documents: dict[str, JsonObject] = {}
        self.attached: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.keeper = StateKeeper()

    def run(self, ctx: CommandContext, handle: Callable[[UnitOfWork, CommandContext], Awaitable[R]]) -> R:
        """The answer of *handle*, committed; nothing is kept when it raises. It must not really wait for anything."""
        uow = MemoryUnitOfWork(self, ctx)
        answer = _finished(handle(uow, ctx))
        _finished(uow.commit())
        return answer

    async def run_here(
        self, ctx: CommandContext, handle: Callable[[UnitOfWork, CommandContext], Awaitable[R]]
    ) -> tuple[R, tuple[Commit, ...]]:
        """As ``run``, for callers in an event loop: the answer and what was committed. One at a time only."""
        uow = MemoryUnitOfWork(self, ctx)
        answer = await handle(uow, ctx)
        return answer, await uow.commit()

    def get(self, aggregate: type[AggregateT], id: str) -> AggregateT:
        return aggregate.from_document(self.documents[stream_id(aggregate.kind, id)])

    def all(self, aggregate: type[AggregateT]) -> list[AggregateT]:
        prefix = f"{aggregate.kind}-"
        return [aggregate.from_document(doc) for stream, doc in self.documents.items() if stream.startswith(prefix)]

    def replayed(self) -> dict[str, JsonObject]:
        """Every current-state document, made anew from the log."""
        kinds = {aggregate.kind: aggregate for aggregate in AGGREGATES}
        documents: dict[str, JsonObject] = {}
        for stream, history in self.commits.items():
            aggregate = kinds[history[0].commit.kind](history[0].commit.aggregate_id)
            for each in history:
                aggregate.replay_commit(each.events, head_hash=each.commit.hash, at=each.commit.at)
            documents[stream] = aggregate.to_document()
        return documents

    def audit(self, invariants: Sequence[Invariant]) -> list[Finding]:
        kinds = {aggregate.kind: aggregate for aggregate in AGGREGATES}
        for stream, document in self.documents.items():
            history = self.commits[stream]
            for invariant in invariants:
                invariant.observe(kinds[history[0].commit.kind].from_document(document), history)
        return [finding for invariant in invariants for finding in _finished(invariant.check())]


class MemoryUnitOfWork:
    """``UnitOfWork`` on a MemoryStore; only one runs at a time, so there is nobody to conflict with."""

    def __init__(self, store: MemoryStore, ctx: CommandContext) -> None:
        self._store = store
        self._metadata = ctx.metadata()
        self._aggregates: dict[str, AnyAggregate] = {}
        self._attached: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._on_behalf: dict[str, CommitMetadata] = {}

    async def load(self, aggregate: type[AggregateT], id: str) -> AggregateT:
        found = await self.find(aggregate, id)
        if found is None:
            raise NotFound(aggregate.kind, id)
        return found

    async def find(self, aggregate: type[AggregateT], id: str) -> AggregateT | None:
        stream = stream_id(aggregate.kind, id)
        if stream not in self._aggregates:
            document = self._store.documents.get(stream)
            if document is None:
                return None
            kept = self._store.keeper.find(aggregate, id)
            self._aggregates[stream] = aggregate.from_kept(id, kept) if kept else aggregate.from_document(document)
        known = self._aggregates[stream]
        return known if isinstance(known, aggregate) else None

    async def load_many(self, aggregate: type[AggregateT], ids: Sequence[str]) -> list[AggregateT]:
        return [await self.load(aggregate, id) for id in ids]

    async def find_many(self, aggregate: type[AggregateT], ids: Sequence[str]) -> list[AggregateT]:
        found = [await self.find(aggregate, id) for id in ids]
        return [each for each in found if each is not None]

    def add(self, aggregate: AnyAggregate, *, on_behalf_of: CommandContext | None = None) -> None:
        if on_behalf_of is not None:
            self._on_behalf[aggregate.stream] = on_behalf_of.metadata()
        if aggregate.stream in self._store.documents or aggregate.stream in self._aggregates:
            raise ValueError(f"{aggregate.stream} exists")
        self._aggregates[aggregate.stream] = aggregate

    def attach(
        self,
        collection: str,
        document: Mapping[str, Any],
        *,
        upsert: bool = False,
        guard: Mapping[str, Any] | None = None,
    ) -> None:
        key = (collection, str(document["_id"]))
        if not (upsert or guard) and key in self._store.attached:
            raise ValueError(f"{key} exists")
        self._attached[key] = document

    async def holds(self, collection: str, id: str) -> bool:
        return (collection, id) in self._store.attached

    async def documents(self, collection: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        found = {id: self._store.attached.get((collection, id)) for id in ids}
        return {id: document for id, document in found.items() if document is not None}

    async def commit(self) -> tuple[Commit, ...]:
        commits = tuple(self._commit(each) for each in self._aggregates.values() if each.pending_events)
        self._store.attached |= self._attached
        return commits

    def _commit(self, aggregate: AnyAggregate) -> Commit:
        events = aggregate.pending_events
        encoded = [EVENTS.encode(event) for event in events]
        commit = Commit.chained(
            kind=aggregate.kind,
            aggregate_id=aggregate.id,
            version=aggregate.version + 1,
            events=tuple(RecordedEvent(type=wire_type, data=data) for wire_type, data in encoded),
            metadata=self._on_behalf.get(aggregate.stream, self._metadata),
            prev_hash=aggregate.head_hash,
        )
        document = aggregate.next_document(head_hash=commit.hash, at=commit.at)
        aggregate.mark_committed(head_hash=commit.hash, at=commit.at)
        decoded = tuple(EVENTS.decode(wire_type, data) for wire_type, data in encoded)
        self._store.commits.setdefault(aggregate.stream, []).append(HistoricCommit(commit, decoded))
        self._store.documents[aggregate.stream] = document
        self._store.keeper.keep(aggregate, document)
        return commit


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """For handlers that read several things at one time; nothing here ever waits for the outside."""
    return asyncio.new_event_loop()


def _finished(awaitable: Awaitable[R]) -> R:
    """The result of something that needs nothing but the store. Not for callers that run in an event loop."""

    async def run() -> R:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await awaitable

    return _loop().run_until_complete(run())
