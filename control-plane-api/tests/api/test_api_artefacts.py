"""Collected texts over HTTP: who may have them, and that they are what was collected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from control_plane_api.testing.builders import Recorder, a_session
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.contracts.sessions import CommandOutput, DeviceCollection
from lcm_core.domain.json_form import to_json_form
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.evidence_objects import EvidenceBucket, EvidenceObjects
from lcm_core.integration.aws.object_store import ObjectStore
from lcm_core.testing.s3_server import a_bucket_name, s3_server

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class World:
    def __init__(self, plane: RunningControlPlane, store: ObjectStore, bucket: str) -> None:
        self.plane = plane
        self.store = store
        self.bucket = bucket
        self.objects = EvidenceObjects(store, EvidenceBucket(bucket))

    async def collected(self, text: str, *, in_store: bool) -> tuple[str, dict[str, Any]]:
        """A session with one collected text; its id and how the text is listed."""
        session = a_session()
        await Recorder(self.plane.db).commit(session)
        artefact = await self.objects.keep(session.id, "r1", text) if in_store else None
        output = CommandOutput(
            command="show running-config", output="" if in_store else text, collected_at=NOW, artefact=artefact
        )
        device = DeviceCollection(node_label="r1", node_definition="iosv", outputs=(output,))
        await self.plane.db["evidence"].insert_one({"_id": session.id, "devices": [to_json_form(device)]})
        async with self.plane.client("viewer") as viewer:
            [row] = (await viewer.get(f"/api/v1/lablet-sessions/{session.id}/artefacts")).json()
        return session.id, row

    async def fetch(self, session_id: str, sha256: str, role: str = "operator") -> httpx2.Response:
        async with self.plane.client(role) as http:
            return await http.get(f"/api/v1/lablet-sessions/{session_id}/artefacts/{sha256}")


@pytest.fixture
async def world(mongo: Any, etcd: Any, issuer: Any) -> AsyncIterator[World]:
    with s3_server() as url:
        bucket = a_bucket_name()
        async with (
            AwsCalls(endpoint_url=url, threads=2) as calls,
            running_control_plane(mongo, etcd, issuer, s3_endpoint_url=url, evidence_bucket=bucket) as plane,
        ):
            yield World(plane, ObjectStore(calls), bucket)


async def test_operators_get_the_text_that_was_collected_and_nobody_else_does(world: World) -> None:
    for in_store in (True, False):
        session_id, row = await world.collected("hostname r1 ä\n", in_store=in_store)
        assert (row["node_label"], row["size_bytes"], row["source"]) == ("r1", 15, "console")

        answer = await world.fetch(session_id, row["sha256"])

        assert (answer.status_code, answer.text) == (200, "hostname r1 ä\n")
        assert answer.headers["etag"] == f'"{row["sha256"]}"'
        assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == (
            "private, no-store",
            "nosniff",
        )
        assert (await world.fetch(session_id, row["sha256"], "viewer")).status_code == 403
        assert (await world.fetch(session_id, "0" * 64)).status_code == 404


async def test_a_text_that_was_changed_or_is_gone_is_not_given_out(world: World) -> None:
    session_id, row = await world.collected("router ospf 1", in_store=True)
    [kept] = await world.store.list(world.bucket, max_objects=9)
    await world.store.put(world.bucket, kept.key, b"router ospf 2")

    changed = await world.fetch(session_id, row["sha256"])
    await world.store.delete(world.bucket, kept.key)
    gone = await world.fetch(session_id, row["sha256"])

    assert (changed.status_code, changed.json()["code"]) == (502, "evidence-tampered")
    assert (gone.status_code, gone.json()["code"]) == (404, "not-found")
