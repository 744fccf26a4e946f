"""Each node of a session's lab is told of as its host sees it: a simulated CML on real sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lablet_controller.application.ports.cml_labs import CmlHost, LabNode
from lablet_controller.application.services.node_observation import seen_nodes
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.lab_nodes import MOST_NODES

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus


class Counted:
    """The far end, with the name of every call."""

    def __init__(self, far_end: Any) -> None:
        self._far_end = far_end
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def counted(*args: Any, **options: Any) -> Any:
            self.calls.append(name)
            return await getattr(self._far_end, name)(*args, **options)

        return counted


def counted(world: World) -> Counted:
    labs = Counted(world.far.labs)
    world.far = replace(world.far, labs=labs)  # pyright: ignore[reportArgumentType] - it passes every call on
    return labs


async def in_status(world: World, status: S) -> str:
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    if status is not S.READY:
        await world.learner(session_id, "login")
        world.plane.move(session_id, S.RUNNING)
    return session_id


async def set_node(world: World, session_id: str, label: str, action: str) -> None:
    """As somebody does it in CML's own user interface; until it has happened."""
    cml, lab_id = world.cml, world.session(session_id).cml_lab_id
    async with httpx2.AsyncClient(base_url=cml.base_url, verify=ssl.create_default_context(cafile=cml.ca_file)) as http:
        login = {"username": cml.username, "password": cml.password}
        token = (await http.post("/api/v0/authenticate", json=login)).json()
        http.headers["Authorization"] = f"Bearer {token}"
        node = f"/api/v0/labs/{lab_id}/nodes/{await node_id(world, session_id, label)}"
        assert (await http.put(f"{node}/state/{action}")).status_code == 204
        async with asyncio.timeout(10):
            while not (await http.get(f"{node}/check_if_converged")).json():
                continue


async def node_id(world: World, session_id: str, label: str) -> str:
    host, lab_id = CmlHost("worker-1", world.cml.address), world.session(session_id).cml_lab_id or ""
    return next(node.node_id for node in await world.far.labs.nodes(host, lab_id) if node.label == label)


def states(world: World, session_id: str) -> dict[str, str]:
    return {node.label: node.state for node in world.session(session_id).lab_nodes}


def reports(world: World) -> int:
    return sum(action == "nodes" for _, action in world.plane.writes)


async def look_again(world: World, session_id: str) -> None:
    world.clock.advance(world.policy.lds_look_seconds + 1)
    await world.once(session_id)


async def test_a_session_that_is_ready_knows_that_every_node_has_booted(world: World) -> None:
    session_id = await in_status(world, S.READY)

    nodes = world.session(session_id).lab_nodes
    assert {(node.state, node.converged) for node in nodes} == {("BOOTED", True)}
    assert {node.label for node in nodes} >= {"R1", "PC", "SW"}


@pytest.mark.parametrize("status", [S.READY, S.RUNNING])
async def test_a_node_that_stops_is_told_of_with_the_next_look(world: World, status: S) -> None:
    session_id = await in_status(world, status)
    await set_node(world, session_id, "R1", "stop")

    await look_again(world, session_id)

    assert states(world, session_id) | {"R1": "STOPPED", "PC": "BOOTED"} == states(world, session_id)
    assert world.session(session_id).status is status, "the learner works on with the others"


async def test_a_node_that_is_back_is_told_of_as_well(world: World) -> None:
    session_id = await in_status(world, S.RUNNING)
    await set_node(world, session_id, "R1", "stop")
    await look_again(world, session_id)
    await set_node(world, session_id, "R1", "start")

    await look_again(world, session_id)

    assert states(world, session_id)["R1"] == "BOOTED"


async def test_a_look_that_finds_nothing_changed_tells_nothing(world: World) -> None:
    session_id = await in_status(world, S.RUNNING)
    before = reports(world)

    for _ in range(3):
        await look_again(world, session_id)

    assert reports(world) == before


async def test_a_look_at_a_lab_that_runs_is_one_request(world: World) -> None:
    session_id = await in_status(world, S.RUNNING)
    labs = counted(world)

    await look_again(world, session_id)

    assert labs.calls == ["nodes"]


async def test_nodes_are_told_of_while_they_boot(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    labs = BootsSlowly(world.far.labs)
    world.far = replace(world.far, labs=labs)  # pyright: ignore[reportArgumentType] - it passes every call on
    await world.once(session_id)
    session = world.session(session_id)

    assert (session.status, states(world, session_id)["R1"]) == (S.INSTANTIATING, "STARTED")
    assert [node.converged for node in session.lab_nodes if node.label == "R1"] == [False]

    labs.slow = False
    await world.drive(session_id, S.READY)

    assert set(states(world, session_id).values()) == {"BOOTED"}


class BootsSlowly:
    """The host, on which R1 does not come up while it is *slow*."""

    def __init__(self, labs: Any) -> None:
        self._labs = labs
        self.slow = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._labs, name)

    async def nodes(self, host: CmlHost, lab_id: str) -> tuple[LabNode, ...]:
        nodes = await self._labs.nodes(host, lab_id)
        slow = {"state": "STARTED", "boot_progress": "Booting"}
        return tuple(replace(each, **slow) if self.slow and each.label == "R1" else each for each in nodes)


def a_node(label: str, state: str = "BOOTED") -> LabNode:
    return LabNode(label, label, "iosv", state)


def test_of_too_many_nodes_those_that_have_not_booted_are_told_of() -> None:
    nodes = [a_node(f"n{number:04}") for number in range(MOST_NODES)] + [a_node("z", "QUEUED")]

    seen = seen_nodes(nodes)

    assert len(seen) == MOST_NODES
    assert seen[-1].label == "z"


def test_a_label_that_is_there_twice_tells_of_the_one_that_has_not_booted() -> None:
    assert [node.state for node in seen_nodes([a_node("r"), a_node("r", "STOPPED")])] == ["STOPPED"]
