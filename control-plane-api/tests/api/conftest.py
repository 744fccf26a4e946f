from collections.abc import AsyncIterator

import pytest_asyncio
from pydantic import SecretStr

from control_plane_api.testing.browser import Browser, new_browser
from control_plane_api.testing.fixtures import control_plane, etcd, issuer, mongo, shared_control_plane
from control_plane_api.testing.login_issuer import CLIENT_SECRET, LoginIssuer, login_issuer
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer

__all__ = ["control_plane", "etcd", "issuer", "mongo", "shared_control_plane"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def login_place(mongo: MongoServer, etcd: EtcdServer) -> AsyncIterator[tuple[LoginIssuer, RunningControlPlane]]:
    """An issuer and a control plane at which people log in, one for a module."""
    secret = SecretStr(CLIENT_SECRET)
    async with (
        login_issuer() as people,
        running_control_plane(mongo, etcd, people.tokens, ui_client_secret=secret) as plane,
    ):
        yield people, plane


@pytest_asyncio.fixture(loop_scope="module")
async def browser(login_place: tuple[LoginIssuer, RunningControlPlane]) -> AsyncIterator[Browser]:
    """A browser that was never here before, of an issuer that behaves."""
    people, plane = login_place
    people.behave()
    async with new_browser(plane, people) as fresh:
        yield fresh
