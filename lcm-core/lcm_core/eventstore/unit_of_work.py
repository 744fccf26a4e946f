"""The unit of work on MongoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from pymongo.asynchronous.client_session import AsyncClientSession

from lcm_core.application.context import CommandContext
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit, CommitMetadata, RecordedEvent, stream_id
from lcm_core.domain.errors import NotFound
from lcm_core.domain.events import DomainEvent, EventRegistry
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.fence import LeaderFence
from lcm_core.eventstore.state_keeper import StateKeeper
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.eventstore.transaction import InsideCheck, Transactor
from lcm_core.eventstore.write_plan import Attachment, Change, plan_writes

AggregateT = TypeVar("AggregateT", bound=AnyAggregate)

Written = Callable[[Sequence[Commit], Sequence[Document], Sequence[AnyAggregate]], None]
"""Commits that were just made, the current-state documents and the aggregates that they left; not to be changed."""
_HEAD = {"head_hash": 1}


class MongoUnitOfWork:
    """See ``lcm_core.application.unit_of_work.UnitOfWork``. One use, one task."""

    def __init__(
        self,
        db: Database,
        registry: EventRegistry,
        transactor: Transactor,
        metadata: CommitMetadata,
        fence: LeaderFence | None = None,
        written: Written | None = None,
        keeper: StateKeeper | None = None,
    ) -> None:
        self._db = db
        self._registry = registry
        self._transactor = transactor
        self._metadata = metadata
        self._keeper = keeper or StateKeeper()
        self._fence = fence
        self._written = written
        self._aggregates: dict[str, AnyAggregate] = {}
        self._absent: set[str] = set()
        self._attachments: list[Attachment] = []
        self._on_behalf: dict[str, CommitMetadata] = {}

    async def load(self, aggregate: type[AggregateT], id: str) -> AggregateT:
        found = await self.find(aggregate, id)
        if found is None:
            raise NotFound(aggregate.kind, id)
        return found

    async def find(self, aggregate: type[AggregateT], id: str) -> AggregateT | None:
        known = self._known(aggregate, id)
        if known is not None or stream_id(aggregate.kind, id) in self._absent:
            return known
        await self._read(aggregate, [id])
        found = self._known(aggregate, id)
        if found is None:
            self._absent.add(stream_id(aggregate.kind, id))
        return found

    async def load_many(self, aggregate: type[AggregateT], ids: Sequence[str]) -> list[AggregateT]:
        await self._read(aggregate, ids)
        return [self._required(aggregate, id) for id in ids]

    async def find_many(self, aggregate: type[AggregateT], ids: Sequence[str]) -> list[AggregateT]:
        await self._read(aggregate, ids)
        known = (self._known(aggregate, id) for id in ids)
        return [each for each in known if each is not None]

    async def _read(self, aggregate: type[AggregateT], ids: Sequence[str]) -> None:
        unknown = [id for id in dict.fromkeys(ids) if self._known(aggregate, id) is None]
        if not unknown:
            return
        kept = {id: kept for id in unknown if (kept := self._keeper.find(aggregate, id)) is not None}
        with store_errors(f"reading {len(unknown)} of {aggregate.collection}"):
            heads, documents = await asyncio.gather(
                self._documents(aggregate, list(kept), _HEAD),
                self._documents(aggregate, [id for id in unknown if id not in kept]),
            )
            same = {id for id, head in heads.items() if head["head_hash"] == kept[id].head_hash}
            documents |= await self._documents(aggregate, [id for id in heads if id not in same])
        # In the order asked for, so that the same command makes the same plan every time.
        for id in unknown:
            if id in same:
                self._enter(aggregate.from_kept(id, kept[id]))
            elif id in documents:
                self._keeper.keep(self._enter(aggregate.from_document(documents[id])))

    async def _documents(
        self, aggregate: type[AnyAggregate], ids: Sequence[str], fields: Mapping[str, int] | None = None
    ) -> dict[str, Document]:
        if not ids:
            return {}
        found = self._db[aggregate.collection].find({"_id": {"$in": ids}} if len(ids) > 1 else {"_id": ids[0]}, fields)
        return {document["_id"]: document for document in await found.to_list()}

    def add(self, aggregate: AnyAggregate, *, on_behalf_of: CommandContext | None = None) -> None:
        if on_behalf_of is not None:
            self._on_behalf[aggregate.stream] = on_behalf_of.metadata()
        other = self._aggregates.setdefault(aggregate.stream, aggregate)
        if other is not aggregate:
            raise ValueError(f"{aggregate.stream} is in this unit of work already")

    def attach(
        self,
        collection: str,
        document: Mapping[str, Any],
        *,
        upsert: bool = False,
        guard: Mapping[str, Any] | None = None,
    ) -> None:
        if "_id" not in document:
            raise ValueError(f"a document attached to {collection} needs its _id")
        self._attachments.append(Attachment(collection, dict(document), upsert, guard))

    async def holds(self, collection: str, id: str) -> bool:
        with store_errors(f"looking for {id} in {collection}"):
            return await self._db[collection].find_one({"_id": id}, {"_id": 1}) is not None

    async def documents(self, collection: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        with store_errors(f"reading {len(ids)} of {collection}"):
            found = await self._db[collection].find({"_id": {"$in": list(ids)}}).to_list()
        return {document["_id"]: document for document in found}

    async def commit(self) -> tuple[Commit, ...]:
        changes = [self._change(aggregate) for aggregate in self._aggregates.values() if aggregate.pending_events]
        if not changes and not self._attachments:
            return ()
        plan = plan_writes(self._db.name, changes, self._attachments)
        await self._transactor.run(plan, await self._fenced())
        for change in changes:
            change.aggregate.mark_committed(head_hash=change.commit.hash, at=change.commit.at)
        self._attachments.clear()
        for change, document in zip(changes, plan.states, strict=True):
            self._keeper.keep(change.aggregate, document)
        if self._written is not None:
            self._written(plan.commits, plan.states, [change.aggregate for change in changes])
        return plan.commits

    def _change(self, aggregate: AnyAggregate) -> Change:
        events = aggregate.pending_events
        commit = Commit.chained(
            kind=aggregate.kind,
            aggregate_id=aggregate.id,
            version=aggregate.version + 1,
            events=tuple(self._recorded(event) for event in events),
            metadata=self._on_behalf.get(aggregate.stream, self._metadata),
            prev_hash=aggregate.head_hash,
        )
        return Change(aggregate, commit, events)

    def _recorded(self, event: DomainEvent) -> RecordedEvent:
        wire_type, data = self._registry.encode(event)
        return RecordedEvent.model_construct(type=wire_type, data=data)

    async def _fenced(self) -> InsideCheck | None:
        service, epoch, fence = self._metadata.leader_service, self._metadata.leader_epoch, self._fence
        if fence is None or service is None or epoch is None:
            return None
        with store_errors(f"checking the leader of {service}"):
            await fence.admit(service, epoch)

        async def verify(session: AsyncClientSession) -> None:
            await fence.verify(service, epoch, session)

        return verify

    def _known(self, aggregate: type[AggregateT], id: str) -> AggregateT | None:
        return cast("AggregateT | None", self._aggregates.get(stream_id(aggregate.kind, id)))

    def _enter(self, loaded: AggregateT) -> AggregateT:
        self._aggregates[loaded.stream] = loaded
        return loaded

    def _required(self, aggregate: type[AggregateT], id: str) -> AggregateT:
        known = self._known(aggregate, id)
        if known is None:
            raise NotFound(aggregate.kind, id)
        return known


class MongoUnitOfWorkFactory:
    """Makes units of work on one database. *deadline_seconds* bounds each commit with its repetitions.

    *written* is told of what was committed, before anybody else. Whoever gives a *keeper* can have it cleared.
    """

    def __init__(
        self,
        db: Database,
        registry: EventRegistry,
        *,
        fence: LeaderFence | None = None,
        written: Written | None = None,
        deadline_seconds: float = 15.0,
        keeper: StateKeeper | None = None,
    ) -> None:
        registry.check()
        self._db = db
        self._registry = registry
        self._fence = fence
        self._written = written
        self._transactor = Transactor(db.client, db.name, deadline_seconds=deadline_seconds)
        self._keeper = keeper or StateKeeper()

    def __call__(self, context: CommandContext) -> MongoUnitOfWork:
        return MongoUnitOfWork(
            self._db,
            self._registry,
            self._transactor,
            context.metadata(),
            self._fence,
            self._written,
            self._keeper,
        )
