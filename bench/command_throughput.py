"""Commands through mediator, aggregate and event store, against the raw driver doing the same transactions.

Both sides, per operation, read the current-state document and write one commit document, the replaced current-state
document and one entry of the outbox in one transaction, as one bulk; documents of the same size on the same server.
Rounds alternate, medians are compared.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import AsyncMongoClient, InsertOne, ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.write_concern import WriteConcern

from control_plane_api.domain.entities.lablet_session import LabletSession
from control_plane_api.domain.entities.pinned_definition import PinnedDefinition
from control_plane_api.domain.events import EVENTS, Stamp
from control_plane_api.integration.repositories.indexes import ensure_read_indexes
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command, Mediator
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import PipelineName, StepStatus
from lcm_core.domain.read_models import StepRecord
from lcm_core.domain.values import AmiRequirement, Candidate, ResourceVector, Timeslot
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.testing.mongo_server import mongo_server

OPERATIONS = 300
WORKERS = 8
ROUNDS = 5
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RecordStepCommand(Command[bool]):
    session_id: str
    attempt: int


class RecordStepHandler:
    async def handle(self, command: RecordStepCommand, uow: UnitOfWork, ctx: CommandContext) -> bool:
        session = await uow.load(LabletSession, command.session_id)
        step = StepRecord(
            pipeline=PipelineName.INSTANTIATE, step="converge", status=StepStatus.RUNNING, attempts=command.attempt
        )
        return session.record_step(step, Stamp(START, ctx.actor))


def run() -> list[str]:
    with mongo_server(on_disk=True) as server:
        return asyncio.run(_compare(server.uri))


async def _compare(uri: str) -> list[str]:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(uri)
    try:
        db = client["bench"]
        await ensure_read_indexes(db)  # what every commit of the product pays for, and the raw driver does not
        factory = MongoUnitOfWorkFactory(db, EVENTS)
        ids = [str(uuid.uuid4()) for _ in range(WORKERS)]
        for session_id in ids:
            uow = factory(_context())
            uow.add(_session(session_id))
            await uow.commit()
        mediator = Mediator(factory, clock=lambda: datetime.now(UTC))
        mediator.register_command(RecordStepCommand, RecordStepHandler())
        raw = await RawDriver.like(client, ids)
        ours_rates, raw_rates = [], []
        for _ in range(ROUNDS):
            ours_rates.append(await _rate(ids, lambda id, n: mediator.execute(RecordStepCommand(id, n), _context())))
            raw_rates.append(await _rate(ids, raw.write))
    finally:
        await client.close()
    ours, theirs = statistics.median(ours_rates), statistics.median(raw_rates)
    return [
        f"commands through the kernel   {ours:7.0f}/s  (rounds: {_rounds(ours_rates)})",
        f"raw driver, same transaction  {theirs:7.0f}/s  (rounds: {_rounds(raw_rates)})",
        f"ratio                         {ours / theirs:7.2f}    budget >= 0.60",
    ]


class RawDriver:
    """The least that a program could do to write the same documents as safely."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], commit: dict[str, Any], state: dict[str, Any]) -> None:
        self._client = client
        self._commit = commit
        self._state = state

    @classmethod
    async def like(cls, client: AsyncMongoClient[dict[str, Any]], ids: list[str]) -> RawDriver:
        """Takes its documents from what the kernel has written, and keeps states of its own."""
        db = client["bench"]
        commit = await db["events"].find_one({"aggregate_id": ids[0]})
        state = await db[LabletSession.collection].find_one({"_id": ids[0]})
        if commit is None or state is None:
            raise RuntimeError("the kernel has written nothing to take the raw documents from")
        await client["raw"]["state"].insert_many([{**state, "_id": id} for id in ids])
        for collection in ("events", "outbox"):
            await client["raw"].create_collection(collection)
        return cls(client, commit, state)

    async def write(self, id: str, number: int) -> None:
        key = f"{id}@{uuid.uuid4().hex}"
        await self._client["raw"]["state"].find_one({"_id": id})
        writes = [
            InsertOne({**self._commit, "_id": key}, namespace="raw.events"),
            ReplaceOne({"_id": id}, {**self._state, "_id": id, "head_hash": key}, namespace="raw.state"),
            InsertOne({"_id": key, "stream": id, "version": number}, namespace="raw.outbox"),
        ]

        async def write_all(session: AsyncClientSession) -> None:
            await self._client.bulk_write(writes, session=session, ordered=True)

        async with self._client.start_session() as session:
            await session.with_transaction(write_all, write_concern=WriteConcern("majority"))


async def _rate(ids: list[str], operation: Callable[[str, int], Awaitable[Any]]) -> float:
    """Operations per second, one worker per id so that nothing conflicts."""

    async def worker(id: str) -> None:
        for _ in range(OPERATIONS // WORKERS):
            await operation(id, uuid.uuid4().int % 10**9)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for id in ids:
            tasks.create_task(worker(id))
    return OPERATIONS // WORKERS * len(ids) / (time.perf_counter() - begun)


def _session(session_id: str) -> LabletSession:
    pinned = PinnedDefinition(
        definition_id="bench",
        definition_name="Bench",
        definition_version="1.0.0",
        form_qualified_name="Bench Form",
        content_hash="0" * 64,
        lead_seconds=900,
        teardown_seconds=600,
        requirements=ResourceVector(cpu_cores=4, memory_gb=8, storage_gb=20, nodes=4, ports=4),
        license_affinity=(),
        ami_requirement=AmiRequirement(),
        port_requests=(),
        grading_enabled=True,
    )
    return LabletSession.book(
        session_id,
        pinned=pinned,
        reservation_id="bench",
        owner_id="bench",
        candidate=Candidate(username="bench"),
        timeslot=Timeslot(start=START, end=START + timedelta(hours=1)),
        stamp=Stamp(START, "bench"),
    )


def _context() -> CommandContext:
    return CommandContext(actor="bench", correlation_id="bench", at=datetime.now(UTC))


def _rounds(rates: list[float]) -> str:
    return " ".join(f"{rate:.0f}" for rate in rates)
