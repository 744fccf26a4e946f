from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from pymongo import AsyncMongoClient

from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command, Mediator, Query
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.commit import Commit
from lcm_core.domain.errors import RuleViolation, VersionConflict
from lcm_core.eventstore.collections import Database, Document, ensure_indexes
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse
from lcm_core.testing.mongo_server import mongo_server

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)
ADA = CommandContext(actor="ada", correlation_id="c1")


@dataclass(frozen=True)
class OpenPurseCommand(Command[str]):
    id: str
    coins: int = 0


class OpenPurseHandler:
    async def handle(self, command: OpenPurseCommand, uow: UnitOfWork, ctx: CommandContext) -> str:
        assert ctx.at is not None
        purse = Purse.open(command.id, ctx.actor, ctx.at)
        if command.coins:
            purse.fill(command.coins)
        uow.add(purse)
        return purse.id


@dataclass(frozen=True)
class TakeCoinsCommand(Command[int]):
    id: str
    coins: int


class TakeCoinsHandler:
    """Answers what is left."""

    async def handle(self, command: TakeCoinsCommand, uow: UnitOfWork, ctx: CommandContext) -> int:
        purse = await uow.load(Purse, command.id)
        purse.take(command.coins)
        return purse.state.coins


@dataclass(frozen=True)
class CountCoinsQuery(Query[int]):
    id: str


class CountCoinsHandler:
    def __init__(self, db: Database) -> None:
        self._purses = db.purses

    async def handle(self, query: CountCoinsQuery) -> int:
        document = await self._purses.find_one({"_id": query.id})
        return document["coins"] if document else 0


@pytest.fixture(scope="module")
def server_uri() -> Generator[str]:
    with mongo_server() as server:
        yield server.uri


@pytest.fixture
async def db(server_uri: str) -> AsyncGenerator[Database]:
    async with AsyncMongoClient[Document](server_uri) as client:
        database = client[f"test_{uuid4().hex}"]
        await ensure_indexes(database, ["purses"])
        yield database


@pytest.fixture
def mediator(db: Database) -> Mediator:
    mediator = Mediator(MongoUnitOfWorkFactory(db, LEDGER_EVENTS), clock=lambda: NOW)
    mediator.register_command(OpenPurseCommand, OpenPurseHandler())
    mediator.register_command(TakeCoinsCommand, TakeCoinsHandler())
    mediator.register_query(CountCoinsQuery, CountCoinsHandler(db))
    return mediator


async def test_command_answers_what_its_handler_answers(mediator: Mediator):
    assert await mediator.execute(OpenPurseCommand("p1"), ADA) == "p1"


async def test_query_sees_what_a_command_has_written(mediator: Mediator):
    await mediator.execute(OpenPurseCommand("p1", coins=3), ADA)
    assert await mediator.query(CountCoinsQuery("p1")) == 3


async def test_refused_command_writes_nothing(mediator: Mediator, db: Database):
    await mediator.execute(OpenPurseCommand("p1", coins=3), ADA)
    with pytest.raises(RuleViolation):
        await mediator.execute(TakeCoinsCommand("p1", 4), ADA)
    assert await db.events.find_one({"_id": "purse-p1@2"}) is None


async def test_commit_carries_context_and_time_of_the_clock(mediator: Mediator, db: Database):
    await mediator.execute(OpenPurseCommand("p1"), ADA)
    commit = await db.events.find_one({"_id": "purse-p1@1"})
    assert commit is not None
    metadata = Commit.from_document(commit).metadata
    assert (metadata.actor, metadata.correlation_id, metadata.at) == ("ada", "c1", NOW)


async def test_given_time_goes_before_the_clock(mediator: Mediator, db: Database):
    earlier = datetime(2025, 12, 31, tzinfo=UTC)
    await mediator.execute(OpenPurseCommand("p1"), CommandContext(actor="ada", correlation_id="c1", at=earlier))
    commit = await db.events.find_one({"_id": "purse-p1@1"})
    assert commit is not None
    assert Commit.from_document(commit).at == earlier


async def test_commit_names_the_trace_that_it_belongs_to(mediator: Mediator, db: Database):
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider())
    with trace.get_tracer("test").start_as_current_span("request") as span:
        await mediator.execute(OpenPurseCommand("p1"), ADA)
    commit = await db.events.find_one({"_id": "purse-p1@1"})
    assert commit is not None
    assert f"{span.get_span_context().trace_id:032x}" in commit["metadata"]["traceparent"]


async def test_hook_hears_of_the_commit(mediator: Mediator):
    heard: list[str] = []
    mediator.after_commit(lambda commits: heard.extend(commit.id for commit in commits))
    await mediator.execute(OpenPurseCommand("p1"), ADA)
    assert heard == ["purse-p1@1"]


async def test_failing_hook_does_not_fail_the_command(mediator: Mediator):
    def broken(commits: Sequence[Commit]) -> None:
        raise OSError("no pipe")

    mediator.after_commit(broken)
    assert await mediator.execute(OpenPurseCommand("p1"), ADA) == "p1"


async def test_fifty_for_seven_coins(mediator: Mediator):
    """Everybody else is refused with the reason, not with a conflict."""
    await mediator.execute(OpenPurseCommand("p1", coins=7), ADA)
    takers = (mediator.execute(TakeCoinsCommand("p1", 1), ADA) for _ in range(50))
    outcomes = await asyncio.gather(*takers, return_exceptions=True)
    served = sorted(outcome for outcome in outcomes if isinstance(outcome, int))
    refused = [outcome for outcome in outcomes if isinstance(outcome, RuleViolation)]
    assert (served, len(refused)) == ([0, 1, 2, 3, 4, 5, 6], 43)


async def test_opening_twice_is_a_conflict_in_the_end(mediator: Mediator):
    await mediator.execute(OpenPurseCommand("p1"), ADA)
    with pytest.raises(VersionConflict):
        await mediator.execute(OpenPurseCommand("p1"), ADA)


async def test_command_without_handler_is_named():
    @dataclass(frozen=True)
    class UnknownCommand(Command[None]): ...

    with pytest.raises(TypeError, match="UnknownCommand"):
        await Mediator(_no_units, clock=lambda: NOW).execute(UnknownCommand(), ADA)


async def test_second_handler_is_refused(mediator: Mediator):
    with pytest.raises(TypeError, match="two handlers"):
        mediator.register_command(OpenPurseCommand, OpenPurseHandler())


async def test_mediator_lists_what_it_can_do(mediator: Mediator):
    assert mediator.commands == {OpenPurseCommand, TakeCoinsCommand}
    assert mediator.queries == {CountCoinsQuery}


def test_leader_needs_its_epoch():
    with pytest.raises(ValueError, match="belong together"):
        CommandContext(actor="x", correlation_id="y", leader_service="worker-controller")


def _no_units(context: CommandContext) -> UnitOfWork:
    raise AssertionError("no unit of work is needed")
