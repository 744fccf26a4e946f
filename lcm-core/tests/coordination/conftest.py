from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Generator

import pytest

from lcm_core.coordination import EtcdClient
from lcm_core.testing.etcd_server import EtcdServer, etcd_server


@pytest.fixture(scope="session")
def shared_etcd() -> Generator[EtcdServer]:
    """One server for the tests that leave it alone; each uses a prefix of its own."""
    with etcd_server() as server:
        yield server


@pytest.fixture
def own_etcd() -> Generator[EtcdServer]:
    """A server that the test may kill."""
    with etcd_server() as server:
        yield server


@pytest.fixture
async def etcd(shared_etcd: EtcdServer) -> AsyncGenerator[EtcdClient]:
    async with EtcdClient([shared_etcd.endpoint]) as client:
        yield client


@pytest.fixture
def prefix() -> str:
    return f"/test-{uuid.uuid4().hex}"
