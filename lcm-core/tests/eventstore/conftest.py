from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient

from lcm_core.eventstore.collections import Database, Document, ensure_indexes
from lcm_core.testing.ledger_store import LedgerStore
from lcm_core.testing.mongo_server import MongoServer, mongo_server


@pytest.fixture(scope="session")
def shared_server() -> Generator[MongoServer]:
    """One server for all tests that do not kill it; each takes a database of its own."""
    with mongo_server(failpoints=True) as server:
        yield server


@pytest.fixture
def own_server() -> Generator[MongoServer]:
    """A server that the test may kill."""
    with mongo_server() as server:
        yield server


@pytest.fixture
async def db(shared_server: MongoServer) -> AsyncGenerator[Database]:
    async with AsyncMongoClient[Document](shared_server.uri) as client:
        database = client[f"test_{uuid4().hex}"]
        await ensure_indexes(database, ["purses", "inbound_events", "decisions"])
        yield database
        await client.drop_database(database.name)


@pytest.fixture
def store(db: Database) -> LedgerStore:
    return LedgerStore(db)


@pytest.fixture
async def own_db(own_server: MongoServer) -> AsyncGenerator[Database]:
    """On a server that the test may kill."""
    async with AsyncMongoClient[Document](own_server.uri) as client:
        database = client["lcm"]
        await ensure_indexes(database, ["purses", "inbound_events", "decisions"])
        yield database
