"""What this process has seen last is not read again, unless somebody else has written since."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pymongo import AsyncMongoClient, monitoring

from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.state_keeper import StateKeeper
from lcm_core.testing.ledger import Purse
from lcm_core.testing.ledger_store import LedgerStore
from lcm_core.testing.mongo_server import MongoServer


class Reads(monitoring.CommandListener):
    """What was asked of the purses: which fields."""

    def __init__(self) -> None:
        self.fields: list[Any] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command.get("find") == "purses":
            self.fields.append(event.command.get("projection"))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest.fixture
async def here(shared_server: MongoServer, db: Database, reads: Reads) -> AsyncGenerator[LedgerStore]:
    async with AsyncMongoClient[Document](shared_server.uri, event_listeners=[reads]) as client:
        yield LedgerStore(client[db.name])


async def coins(store: LedgerStore, id: str) -> int:
    return (await store.unit().load(Purse, id)).state.coins


async def test_of_what_was_written_here_only_the_head_is_read(here: LedgerStore, reads: Reads) -> None:
    await here.open("p", 3)
    assert await coins(here, "p") == 3
    assert reads.fields == [{"head_hash": 1}]


async def test_what_somebody_else_wrote_since_is_read(here: LedgerStore, store: LedgerStore) -> None:
    await here.open("p", 3)
    await store.fill("p", 4)
    assert await coins(here, "p") == 7


async def test_known_and_unknown_ones_come_in_the_order_asked_for(here: LedgerStore, store: LedgerStore) -> None:
    await here.open("known", 1)
    await store.open("unknown", 2)
    await here.open("old", 3)
    await store.fill("old", 1)
    found = await here.unit().find_many(Purse, ["old", "unknown", "nobody", "known"])
    assert [(each.id, each.state.coins) for each in found] == [("old", 4), ("unknown", 2), ("known", 1)]


async def test_what_is_gone_is_not_found_though_it_was_known(here: LedgerStore, store: LedgerStore) -> None:
    await here.open("p")
    await store.db.purses.delete_one({"_id": "p"})
    assert await here.unit().find(Purse, "p") is None


async def test_a_command_that_fails_changes_nothing_that_is_known(here: LedgerStore) -> None:
    await here.open("p", 3)
    (await here.unit().load(Purse, "p")).take(2)
    assert await coins(here, "p") == 3


async def test_only_so_many_are_known(store: LedgerStore) -> None:
    keeper = StateKeeper(limit=2)
    for id in ("a", "b"):
        await store.open(id)
        keeper.keep(await store.unit().load(Purse, id))
    keeper.find(Purse, "a")
    await store.open("c")
    keeper.keep(await store.unit().load(Purse, "c"))
    assert [id for id in "abc" if keeper.find(Purse, id)] == ["a", "c"]
