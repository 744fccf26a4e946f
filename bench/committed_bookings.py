"""Bookings placed and durably committed through the whole command path, against the raw driver with the same documents.

The path is the mediator with the booker, admission on the book of the fleet, the aggregates and the event store. The
raw side makes the same transactions with the same documents, in collections with the same indexes, after reading those
that it replaces: fifty bookings in each, or one. Rounds alternate, each on hours of its own; medians are compared.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from pymongo import AsyncMongoClient, InsertOne, ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.write_concern import WriteConcern

from control_plane_api.application.commands.registration import register_commands
from control_plane_api.application.commands.reservation.book_together_command import BookTogetherCommand
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.services.booking import Booking
from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.repositories.indexes import ensure_read_indexes
from control_plane_api.testing.command_world import START, CommandWorld
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Mediator
from lcm_core.contracts.reservations import CreateReservation, ReservationAnswer
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.values import Candidate, ResourceVector
from lcm_core.eventstore.collections import EVENTS as COMMITS
from lcm_core.eventstore.collections import OUTBOX, Database, Document, ensure_indexes
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.testing.mongo_server import mongo_server

GROUP = 50
GROUPS, SINGLES = 4, 60
ROUNDS = 5
LITTLE = ResourceVector(cpu_cores=2, memory_gb=4, storage_gb=4, nodes=2, ports=2)
ROOM = ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=1000, nodes=100, ports=500)
_COLLECTION = {aggregate.kind: aggregate.collection for aggregate in AGGREGATES}
_ONE_BULK_BELOW = 40
"""The faster of both shapes for the raw driver too: one bulk, or for many writes one command for each collection."""


@dataclass(slots=True)
class Transaction:
    """What one commit wrote: documents inserted, and replaced, by collection."""

    inserted: dict[str, list[Document]] = field(default_factory=lambda: defaultdict[str, list[Document]](list))
    replaced: list[tuple[str, Document]] = field(default_factory=list[tuple[str, Document]])


def run() -> list[str]:
    with mongo_server(on_disk=True) as server:
        return asyncio.run(_compare(server.uri))


async def _compare(uri: str) -> list[str]:
    async with AsyncMongoClient[Document](uri) as client:
        for name in ("bench", "raw"):
            await prepare_database(client[name])
        path, raw = await CommandPath.open(client["bench"]), RawDriver(client, client["raw"])
        lines: list[str] = []
        for what, group, times in (("grouped", GROUP, GROUPS), ("single", 1, SINGLES)):
            ours, theirs = list[float](), list[float]()
            for _ in range(ROUNDS):
                rate, transactions = await path.book(group, times)
                ours.append(rate)
                theirs.append(await raw.write(transactions, group * times))
            lines += _told(f"{what}, {group} in a commit", ours, theirs)
    return lines


async def prepare_database(db: Database) -> None:
    """Collections and indexes of a control plane."""
    await ensure_indexes(db, _COLLECTION.values())
    await ensure_read_indexes(db)


def _told(what: str, ours: list[float], theirs: list[float]) -> list[str]:
    ratio = statistics.median(ours) / statistics.median(theirs)
    return [
        f"{what}: whole command path  {_rates(ours)}",
        f"{what}: raw driver          {_rates(theirs)}",
        f"{what}: ratio               {ratio:7.2f}    budget >= 0.60",
    ]


def _rates(rates: list[float]) -> str:
    return f"{statistics.median(rates):7.0f}/s  (rounds: {' '.join(f'{rate:.0f}' for rate in rates)})"


class CommandPath:
    """Books for one lab; each round for an hour of its own, on a fleet that holds the bookings of those before."""

    def __init__(self, world: CommandWorld, definition_id: str) -> None:
        self._db = world.db
        self._definition_id = definition_id
        self._written: list[tuple[Sequence[Commit], Sequence[Document]]] = []
        self._start = START

        def written(
            commits: Sequence[Commit], documents: Sequence[Document], aggregates: Sequence[AnyAggregate]
        ) -> None:
            world.fleet.keep(aggregates)
            self._written.append((commits, documents))

        self._mediator = Mediator(MongoUnitOfWorkFactory(world.db, EVENTS, written=written), clock=world.clock.now)
        self._mediator.after_commit(world.fleet.notice)
        register_commands(self._mediator, world.read, world.fleet)

    @classmethod
    async def open(cls, db: Database) -> CommandPath:
        world = CommandWorld(db)
        await world.a_template(capacity=ROOM, license_type="ENTERPRISE")
        return cls(world, await world.a_definition(requirements=LITTLE))

    async def book(self, group: int, times: int) -> tuple[float, list[Transaction]]:
        """Bookings per second, and what was written."""
        self._written.clear()
        self._start += timedelta(hours=6)
        begun = time.perf_counter()
        for _ in range(times):
            await self._commit([self._request() for _ in range(group)])
        rate = group * times / (time.perf_counter() - begun)
        return rate, await self._transactions()

    def _request(self) -> CreateReservation:
        return CreateReservation(
            definition_id=self._definition_id,
            candidate=Candidate(username="ada"),
            start=self._start,
            duration_minutes=60,
        )

    async def _commit(self, requests: Sequence[CreateReservation]) -> None:
        context = CommandContext(actor="bench", correlation_id="bench")
        if len(requests) == 1:
            answers: Sequence[Any] = [
                await self._mediator.execute(CreateReservationCommand("lms", requests[0]), context)
            ]
        else:
            bookings = tuple(Booking("lms", request, context) for request in requests)
            answers = await self._mediator.execute(BookTogetherCommand(bookings), context)
        if not all(isinstance(answer, ReservationAnswer) for answer in answers):
            raise RuntimeError(f"not every booking was accepted: {answers}")

    async def _transactions(self) -> list[Transaction]:
        rows: dict[tuple[str, int], list[Document]] = defaultdict(list)
        for row in await self._db[OUTBOX].find({}).to_list():
            rows[row["stream"], row["version"]].append(row)
        made: list[Transaction] = []
        for commits, documents in self._written:
            transaction = Transaction()
            for commit, document in zip(commits, documents, strict=True):
                transaction.inserted[COMMITS].append(commit.to_document())
                if commit.version == 1:
                    transaction.inserted[_COLLECTION[commit.kind]].append(document)
                else:
                    transaction.replaced.append((_COLLECTION[commit.kind], document))
                transaction.inserted[OUTBOX] += rows[commit.stream, commit.version]
            made.append(transaction)
        return made


class RawDriver:
    """The least that a program could do to write the same documents as safely."""

    def __init__(self, client: AsyncMongoClient[Document], db: Database) -> None:
        self._client = client
        self._db = db

    async def write(self, transactions: Sequence[Transaction], bookings: int) -> float:
        """Bookings per second. What is replaced is there before the clock starts."""
        await self.lay_out(transactions)
        prepared = under_other_ids(transactions)
        begun = time.perf_counter()
        for transaction in prepared:
            await self.once(transaction)
        return bookings / (time.perf_counter() - begun)

    async def lay_out(self, transactions: Sequence[Transaction]) -> None:
        """Put down what they will replace."""
        for transaction in transactions:
            for collection, document in transaction.replaced:
                await self._db[collection].replace_one({"_id": document["_id"]}, document, upsert=True)

    async def once(self, transaction: Transaction) -> None:
        """Read what it replaces, then write all of it or nothing."""
        by_collection: dict[str, list[str]] = defaultdict(list)
        for collection, document in transaction.replaced:
            by_collection[collection].append(document["_id"])
        for collection, ids in by_collection.items():
            await self._db[collection].find({"_id": {"$in": ids}}).to_list()

        async def write_all(session: AsyncClientSession) -> None:
            await self._write(transaction, session)

        async with self._client.start_session() as session:
            await session.with_transaction(write_all, write_concern=WriteConcern("majority"))

    async def _write(self, transaction: Transaction, session: AsyncClientSession) -> None:
        bulk: list[InsertOne[Document] | ReplaceOne[Document]] = [
            ReplaceOne({"_id": document["_id"]}, document, namespace=f"{self._db.name}.{collection}")
            for collection, document in transaction.replaced
        ]
        few = sum(map(len, transaction.inserted.values())) + len(bulk) < _ONE_BULK_BELOW
        for collection, documents in transaction.inserted.items():
            if few:
                bulk += [InsertOne(each, namespace=f"{self._db.name}.{collection}") for each in documents]
            else:
                await self._db[collection].insert_many(documents, session=session)
        if bulk:
            await self._client.bulk_write(bulk, session=session, ordered=True)


def under_other_ids(transactions: Sequence[Transaction]) -> list[Transaction]:
    """The same documents, to be inserted beside those of an earlier round."""
    mark = uuid4().hex[:8]
    return [_renamed(transaction, mark) for transaction in transactions]


def _renamed(transaction: Transaction, mark: str) -> Transaction:
    renamed = Transaction(replaced=transaction.replaced)
    for collection, documents in transaction.inserted.items():
        renamed.inserted[collection] = [{**each, "_id": f"{mark}{each['_id']}"} for each in documents]
    return renamed
