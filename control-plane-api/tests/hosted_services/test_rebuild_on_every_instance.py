"""Two instances on one database: what either keeps in memory is forgotten when one of them rebuilds the documents."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from control_plane_api.testing.builders import Recorder, a_worker, made_ready
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import OidcIssuer

REBUILD = "/api/v1/system/rebuild-projections"
WHY = {"reason": "a document was changed by hand"}


async def order(client: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.post(path, json=WHY)
    assert answer.is_success, answer.text
    return answer.json()


async def rebuilt(client: httpx2.AsyncClient, instances: tuple[RunningControlPlane, ...]) -> None:
    """Until the run is over and every instance has heard of it."""
    (await client.post(REBUILD, json={"collections": ["cml_workers"], **WHY})).raise_for_status()
    async with asyncio.timeout(30):
        while (status := (await client.get(REBUILD)).json()["status"]) == "RUNNING":  # noqa: ASYNC110 - polled by operators
            await asyncio.sleep(0.05)
    assert status == "DONE"
    for each in instances:
        await each.app.state.services.live.feed.wait_caught_up()


async def test_what_an_instance_kept_of_a_wrong_document_is_forgotten_whoever_rebuilds_it(
    mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer
) -> None:
    async with running_control_plane(mongo, etcd, issuer) as first:
        same = {"mongo_database": first.settings.mongo_database, "etcd_prefix": first.settings.etcd_prefix}
        async with (
            running_control_plane(mongo, etcd, issuer, **same) as second,
            first.client("admin", "operator") as to_first,
            second.client("admin", "operator") as to_second,
        ):
            workers = {"of-first": to_first, "of-second": to_second}
            for id, client in workers.items():
                await Recorder(first.db).commit(made_ready(a_worker(id=id)))
                await first.db["cml_workers"].update_one({"_id": id}, {"$set": {"name": "a lie"}})
                lied = await order(client, f"/api/v1/workers/{id}/drain")
                assert lied["name"] == "a lie"

            await rebuilt(to_first, (first, second))
            true = {row["_id"]: row["name"] async for row in first.db["cml_workers"].find({})}
            for id, client in workers.items():
                await order(client, f"/api/v1/workers/{id}/undrain")

            kept = {row["_id"]: row["name"] async for row in first.db["cml_workers"].find({})}
    assert "a lie" not in true.values()
    assert kept == true
