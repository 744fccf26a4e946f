"""Two versions of a definition against each other, and the picture of one, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from pydantic import SecretStr

from control_plane_api.testing.command_world import CONTENT, TWO_ROUTERS
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.sealing import new_local_entry
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEFINITIONS = "/api/v1/lablet-definitions"


async def version(admin: httpx2.AsyncClient, **terms: Any) -> str:
    """The id of a new definition of two routers, under a name that no other test has."""
    body = {"name": f"two-routers-{uuid4().hex[:8]}", "form_qualified_name": "Exam CCNP v1 LAB 1.1", **terms}
    made = await admin.post(DEFINITIONS, json=body)
    assert made.status_code == 201, made.text
    return made.json()["id"]


async def test_versions_are_compared_from_the_base_to_the_other(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("admin") as admin, shared_control_plane.client("viewer") as viewer:
        old = await version(admin, topology_yaml=TWO_ROUTERS)
        new = await version(
            admin, topology_yaml=TWO_ROUTERS.replace("label: r2", "label: r3"), semantic_version="2.0.0"
        )
        told = (await viewer.get(f"{DEFINITIONS}/{new}/comparison", params={"base": old})).json()

    assert (told["base_version"], told["version"], told["level"]) == ("1.0.0", "2.0.0", "major")
    assert {"what": "node", "name": "r3", "change": "added", "level": "major", "detail": ""} in told["changes"]
    assert [file["path"] for file in told["files"]] == ["cml.yaml"]


async def test_a_version_does_not_differ_from_itself(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("admin") as admin:
        one = await version(admin, topology_yaml=TWO_ROUTERS)
        told = (await admin.get(f"{DEFINITIONS}/{one}/comparison", params={"base": one})).json()

    assert (told["level"], told["changes"], told["files"]) == (None, [], [])


async def test_no_password_is_in_a_comparison(
    shared_control_plane: RunningControlPlane, mongo: MongoServer, etcd: EtcdServer
) -> None:
    keys = SecretStr(new_local_entry("now"))
    secret = f"s3cret-{uuid4().hex}"
    with_password = CONTENT.replace("<device ", f'<device username="ada" password="{secret}" ', 1)
    assert secret in with_password
    async with (
        running_control_plane(mongo, etcd, shared_control_plane.issuer, sealing_keys=keys) as plane,
        plane.client("admin") as admin,
    ):
        old = await version(admin, topology_yaml=TWO_ROUTERS)
        new = await version(admin, topology_yaml=TWO_ROUTERS, content_xml=with_password)
        answer = await admin.get(f"{DEFINITIONS}/{new}/comparison", params={"base": old})

    assert [file["path"] for file in answer.json()["files"]] == ["content.xml"]
    assert secret not in answer.text


@pytest.mark.parametrize("what", ["comparison?base={id}", "drawing"])
async def test_what_has_no_content_yet_cannot_be_shown(shared_control_plane: RunningControlPlane, what: str) -> None:
    async with shared_control_plane.client("admin") as admin:
        pending = await version(admin)
        answer = await admin.get(f"{DEFINITIONS}/{pending}/{what.format(id=pending)}")

    assert (answer.status_code, answer.json()["code"]) == (409, "definition-without-content")


async def test_an_unknown_base_is_not_found(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("admin") as admin:
        one = await version(admin, topology_yaml=TWO_ROUTERS)
        answer = await admin.get(f"{DEFINITIONS}/{one}/comparison", params={"base": "nobody"})

    assert answer.status_code == 404


async def test_the_drawing_tells_nodes_and_links_to_viewers_alone(shared_control_plane: RunningControlPlane) -> None:
    async with (
        shared_control_plane.client("admin") as admin,
        shared_control_plane.client("viewer") as viewer,
        shared_control_plane.client("lms") as lms,
    ):
        one = await version(admin, topology_yaml=TWO_ROUTERS)
        answer = await viewer.get(f"{DEFINITIONS}/{one}/drawing")
        refused = await lms.get(f"{DEFINITIONS}/{one}/drawing")

    drawn = answer.json()
    assert [node["label"] for node in drawn["nodes"]] == ["r1", "r2"]
    assert [(link["from_node"], link["to_node"]) for link in drawn["links"]] == [("n0", "n1")]
    assert refused.status_code == 403


async def test_a_drawing_has_the_same_tag_as_long_as_it_is_the_same(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("admin") as admin:
        one = await version(admin, topology_yaml=TWO_ROUTERS)
        tags = {(await admin.get(f"{DEFINITIONS}/{one}/drawing")).headers["ETag"] for _ in range(2)}

    assert len(tags) == 1


async def test_a_definition_is_found_by_words_of_its_name_and_its_version(
    shared_control_plane: RunningControlPlane,
) -> None:
    async with shared_control_plane.client("admin") as admin:
        made = {
            await version(admin, name=name, semantic_version=number): f"{name} {number}"
            for name, number in (("Campus (wired)", "1.0.0"), ("Campus (wired)", "2.1.0"), ("Wireless campus", "2.1.0"))
        }

        async def found(search: str, **others: str) -> set[str]:
            page = await admin.get(DEFINITIONS, params={"search": search, **others})
            return {made[row["id"]] for row in page.json()["items"]}

        assert await found("CAMPUS") == set(made.values())
        assert await found("wired) 2.1.0") == {"Campus (wired) 2.1.0"}
        assert await found("2.1 camp", sort="created_at") == {"Campus (wired) 2.1.0", "Wireless campus 2.1.0"}
        assert await found("campus", name="Wireless campus") == {"Wireless campus 2.1.0"}
        assert await found("campus", status="ARCHIVED") == set()
        assert await found("camp.*") == set()
