"""Fixtures to import into a conftest: servers shared by a test run, a fresh service per test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.mongo_server import MongoServer, mongo_server
from lcm_core.testing.oidc_issuer import OidcIssuer, oidc_issuer


@pytest.fixture(scope="session")
def mongo() -> Iterator[MongoServer]:
    with mongo_server() as server:
        yield server


@pytest.fixture(scope="session")
def etcd() -> Iterator[EtcdServer]:
    with etcd_server() as server:
        yield server


@pytest.fixture
async def issuer() -> AsyncIterator[OidcIssuer]:
    async with oidc_issuer({"resource-scheduler": ("secret", ["service"])}) as running:
        yield running


@pytest.fixture
async def control_plane(mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer) -> AsyncIterator[RunningControlPlane]:
    async with running_control_plane(mongo, etcd, issuer) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_control_plane(mongo: MongoServer, etcd: EtcdServer) -> AsyncIterator[RunningControlPlane]:
    """One service for all tests of a module that do not meet each other; these run with ``loop_scope="module"``."""
    async with (
        oidc_issuer({"resource-scheduler": ("secret", ["service"])}) as running_issuer,
        running_control_plane(mongo, etcd, running_issuer) as running,
    ):
        yield running
