from __future__ import annotations

import asyncio

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from control_plane_api.main import build_app
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane, settings_for
from control_plane_api.testing.sse_client import event_reader
from lcm_core.hosting import StartupTimeout
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import OidcIssuer


async def start(app: FastAPI) -> None:
    async with app.router.lifespan_context(app):
        return


async def test_waits_for_what_comes_up_later(mongo: MongoServer, issuer: OidcIssuer) -> None:
    with etcd_server() as etcd:
        etcd.kill()
        settings = settings_for(mongo, etcd, issuer, startup_deadline_seconds=30)
        starting = asyncio.create_task(start(build_app(settings)))
        await asyncio.sleep(0.5)
        assert not starting.done()
        await etcd.restart()
        await starting


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ({"etcd_endpoints": ["127.0.0.1:9"]}, "etcd at 127.0.0.1:9"),
        ({"oidc_issuer": "http://127.0.0.1:9"}, "token issuer http://127.0.0.1:9"),
        ({"mongo_uri": SecretStr("mongodb://127.0.0.1:9/?timeoutMS=500")}, "MongoDB"),
    ],
)
async def test_gives_up_with_the_name_of_what_is_missing(
    mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer, broken: dict[str, object], named: str
) -> None:
    settings = settings_for(mongo, etcd, issuer, startup_deadline_seconds=2).model_copy(update=broken)
    with pytest.raises(StartupTimeout, match=named):
        await start(build_app(settings))


async def test_a_stop_does_not_wait_for_open_streams(mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer) -> None:
    async with (
        running_control_plane(mongo, etcd, issuer, shutdown_grace_seconds=30) as control_plane,
        control_plane.client("viewer") as viewer,
        event_reader(viewer) as events,
    ):
        await events.next()
        control_plane.app.state.stopping.set()
        async with asyncio.timeout(10):
            with pytest.raises((StopAsyncIteration, httpx2.HTTPError)):
                await events.next()


async def test_two_instances_share_the_work_of_one_leader(
    mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer
) -> None:
    async with running_control_plane(mongo, etcd, issuer, instance_id="a") as first:
        shared = {"mongo_database": first.settings.mongo_database, "etcd_prefix": first.settings.etcd_prefix}
        async with running_control_plane(mongo, etcd, issuer, instance_id="b", **shared) as second:
            async with asyncio.timeout(15):
                while sorted([await leads(first), await leads(second)]) != [False, True]:  # noqa: ASYNC110 - asked over HTTP
                    await asyncio.sleep(0.05)


async def leads(control_plane: RunningControlPlane) -> bool:
    async with control_plane.client() as http:
        return bool((await http.get("/info")).json()["leader"])
