"""Content packages over HTTP: from a request to look at the bucket to a version that an admin confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from control_plane_api.testing.command_world import TWO_ROUTERS
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.coordination import EtcdClient, WatchBatch, WatchEventKind, WatchResync

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEFINITIONS = "/api/v1/lablet-definitions"
INTERNAL = "/api/internal/definitions"


def bare() -> dict[str, Any]:
    """A definition without content, under a name that no other test has."""
    return {"name": f"two-routers-{uuid4().hex[:8]}", "form_qualified_name": "Exam CCNP v1 LAB 1.1"}


async def made(http: httpx2.AsyncClient, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await http.post(path, json=body if body is not None else {})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_content_goes_from_the_bucket_to_a_confirmed_version(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("admin") as admin, shared_control_plane.client("service") as service:
        definition = await made(admin, DEFINITIONS, bare(), 201)
        assert (definition["status"], definition["sync"]["status"]) == ("PENDING_SYNC", "sync_requested")
        here, inside = f"{DEFINITIONS}/{definition['id']}", f"{INTERNAL}/{definition['id']}"
        assert definition["id"] in [row["id"] for row in (await service.get(f"{INTERNAL}/with-work")).json()]

        await made(service, f"{inside}/synced-content", {"topology_yaml": TWO_ROUTERS, "fingerprint": "f-1"})
        assert (await made(admin, f"{here}/sync", status=202))["sync"]["requested_by"] == "someone"
        changed = TWO_ROUTERS.replace("label: r2", "label: r3")
        await made(service, f"{inside}/synced-content", {"topology_yaml": changed, "fingerprint": "f-2"})

        proposed = (await admin.get(f"{here}/proposal")).json()
        content_hash = proposed["proposal"]["content_hash"]
        assert proposed["proposal"]["semantic_version"] == "2.0.0"
        assert [diff["path"] for diff in proposed["files"]] == ["cml.yaml"]
        key = {"Idempotency-Key": "yes"}
        confirmation = {"content_hash": content_hash}
        first = await admin.post(f"{here}/proposal/confirm", json=confirmation, headers=key)
        again = await admin.post(f"{here}/proposal/confirm", json=confirmation, headers=key)

        assert (first.status_code, first.json()["semantic_version"]) == (201, "2.0.0")
        assert again.json()["id"] == first.json()["id"]
        assert (await admin.get(first.headers["Location"])).json()["previous_version_id"] == definition["id"]
        assert (await admin.get(f"{here}/proposal")).status_code == 404


async def test_content_that_cannot_be_used_is_a_problem_document_with_path_and_line(
    shared_control_plane: RunningControlPlane,
) -> None:
    bad = {**bare(), "topology_yaml": "lab: {version: 0.1.0}\nnodes:\n  - {id: n0, label: r1}\n"}
    before = await shared_control_plane.commits()
    async with shared_control_plane.client("admin") as admin:
        answer = await admin.post(f"{DEFINITIONS}/analysis", json=bad)

    assert answer.status_code == 422
    problem = {"pointer": "#/topology_yaml/nodes/0/node_definition", "message": "line 3: Field required"}
    assert problem in answer.json()["errors"]
    assert await shared_control_plane.commits() == before


async def test_what_a_definition_would_be_is_told_without_making_it(shared_control_plane: RunningControlPlane) -> None:
    before = await shared_control_plane.commits()
    async with shared_control_plane.client("admin") as admin:
        told = await made(admin, f"{DEFINITIONS}/analysis", {**bare(), "topology_yaml": TWO_ROUTERS})

    assert (told["node_count"], told["link_count"], told["nested_virtualization"]) == (2, 1, True)
    assert [each["node_label"] for each in told["port_requests"]] == ["r1", "r2"]
    assert told["sufficient_licenses"] == ["PERSONAL", "ENTERPRISE", "EVALUATION"]
    assert await shared_control_plane.commits() == before


async def test_a_package_larger_than_any_other_request_comes_through(shared_control_plane: RunningControlPlane) -> None:
    large = TWO_ROUTERS + "# " + "x" * 1_500_000
    async with shared_control_plane.client("admin") as admin:
        answer = await admin.post(DEFINITIONS, json={**bare(), "topology_yaml": large})

    assert answer.status_code == 201, answer.text


async def test_only_an_admin_makes_versions(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("admin") as admin, shared_control_plane.client("operator") as operator:
        definition = await made(admin, DEFINITIONS, bare(), 201)
        here = f"{DEFINITIONS}/{definition['id']}"
        rejection = {"content_hash": "0" * 64, "reason": "no"}

        assert (await operator.post(f"{here}/sync")).status_code == 403
        assert (await operator.post(f"{here}/proposal/reject", json=rejection)).status_code == 403
        assert (await admin.post(f"{here}/proposal/reject", json=rejection)).status_code == 409


async def test_etcd_says_what_is_to_be_done_as_long_as_it_is(shared_control_plane: RunningControlPlane) -> None:
    prefix = f"{shared_control_plane.settings.etcd_prefix}/definitions/"
    async with (
        shared_control_plane.client("admin") as admin,
        shared_control_plane.client("service") as service,
        EtcdClient.from_settings(shared_control_plane.settings) as etcd,
    ):
        start = (await etcd.get_prefix(prefix)).revision
        changes = etcd.watch_prefix(prefix, start + 1)
        definition = await made(admin, DEFINITIONS, bare(), 201)
        assert await _next_kind(changes) is WatchEventKind.PUT

        inside = f"{INTERNAL}/{definition['id']}"
        outcomes = [{"deployment": "east", "succeeded": True}]
        await made(service, f"{inside}/synced-content", {"topology_yaml": TWO_ROUTERS, "fingerprint": "f-1"})
        await made(service, f"{inside}/consumer-refreshed", {"consumer": "lds", "outcomes": outcomes})
        while await _next_kind(changes) is not WatchEventKind.DELETE:
            pass
        await changes.aclose()

        assert definition["id"] not in "".join(kv.key for kv in (await etcd.get_prefix(prefix)).items)


async def _next_kind(changes: AsyncGenerator[WatchBatch | WatchResync]) -> WatchEventKind:
    async with asyncio.timeout(10):
        async for batch in changes:
            if isinstance(batch, WatchBatch):
                return batch.events[-1].kind
    raise AssertionError("the watch has ended")
