from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from control_plane_api.testing.command_world import CommandWorld, command_world
from lcm_core.testing.mongo_server import MongoServer, mongo_server


@pytest.fixture(scope="session")
def store_server() -> Iterator[MongoServer]:
    with mongo_server() as server:
        yield server


@pytest.fixture
async def world(store_server: MongoServer) -> AsyncIterator[CommandWorld]:
    async with command_world(store_server) as made:
        yield made
