"""How the nodes of a session's lab stand: on record when one of them changed, and never otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from control_plane_api.application.commands.lablet_session.observe_nodes_command import ObserveNodesCommand
from control_plane_api.application.commands.lablet_session.start_collection_command import StartCollectionCommand
from control_plane_api.testing.command_world import CommandWorld
from control_plane_api.testing.session_steps import a_running_session, taken_down
from lcm_core.contracts.base import Applied
from lcm_core.contracts.lab_nodes import ObserveNodes
from lcm_core.contracts.sessions import StartCollection
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.lab_nodes import SeenNode


async def seen(world: CommandWorld, session_id: str, changes: dict[str, Any] | None = None, **states: str) -> Applied:
    session = await world.session(session_id)
    nodes = tuple(SeenNode(label=label, state=state, converged=state == "BOOTED") for label, state in states.items())
    request = ObserveNodes(
        observed_at=world.clock.now(),
        cml_lab_id=session.cml_lab_id or "",
        worker_id=session.worker_id or "",
        nodes=nodes,
    )
    return await world.do(ObserveNodesCommand(session_id, request.model_copy(update=changes or {})))


async def test_each_node_is_kept_with_its_state_and_since_when_it_has_it(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await seen(world, session_id, r2="BOOTED", r1="BOOTED")
    first = world.clock.now()
    world.later(minutes=1)

    await seen(world, session_id, r1="BOOTED", r2="STOPPED")

    session = await world.session(session_id)
    assert [(node.label, node.state, node.converged, node.since) for node in session.lab_nodes] == [
        ("r1", "BOOTED", True, first),
        ("r2", "STOPPED", False, world.clock.now()),
    ]
    assert session.lab_nodes_at == world.clock.now()
    assert await world.audit() == []


async def test_a_node_that_is_not_there_any_more_is_not_shown(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await seen(world, session_id, r1="BOOTED", r2="BOOTED")

    await seen(world, session_id, r1="BOOTED")

    assert [node.label for node in (await world.session(session_id)).lab_nodes] == ["r1"]


async def test_a_look_that_finds_nothing_changed_is_not_recorded(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await seen(world, session_id, r1="BOOTED", r2="STARTED")
    before = (await world.session(session_id)).version
    world.later(minutes=1)

    again = await seen(world, session_id, r2="STARTED", r1="BOOTED")

    assert (again.applied, (await world.session(session_id)).version) == (False, before)


async def test_word_that_was_overtaken_by_newer_word_changes_nothing(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    old = world.clock.now()
    world.later(minutes=1)
    await seen(world, session_id, r1="STOPPED")

    late = await seen(world, session_id, {"observed_at": old}, r1="BOOTED")

    assert (late.applied, late.why) == (False, "late")
    assert [node.state for node in (await world.session(session_id)).lab_nodes] == ["STOPPED"]


async def test_word_of_another_lab_changes_nothing(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)

    other = await seen(world, session_id, {"cml_lab_id": "somebody-elses"}, r1="BOOTED")

    assert (other.applied, (await world.session(session_id)).lab_nodes) == (False, ())


async def test_word_of_another_worker_is_refused(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)

    with pytest.raises(RuleViolation, match="no longer on worker"):
        await seen(world, session_id, {"worker_id": "another"}, r1="BOOTED")


async def test_what_was_last_seen_is_kept_when_the_lab_is_taken_down(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await seen(world, session_id, r1="BOOTED", r2="QUEUED")
    await world.do(StartCollectionCommand(session_id, StartCollection(reason="timeslot_end")))
    await world.collected(session_id, failed=["r1"])

    late = await seen(world, session_id, r1="STOPPED", r2="STOPPED")
    await taken_down(world, session_id)

    assert not late.applied
    assert [node.state for node in (await world.session(session_id)).lab_nodes] == ["BOOTED", "QUEUED"]
