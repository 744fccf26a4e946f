from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from pydantic import SecretStr

from lablet_controller.domain.lab_title import lab_title
from lcm_core.contracts.definitions import DeviceCredential
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, PipelineName, StepStatus
from lcm_core.reconcile import RequeueAfter
from lcm_core.sealing import Vault, key_entries, new_local_entry

if TYPE_CHECKING:
    from .conftest import Mortal, World
else:
    from .conftest import Mortal

    World = Any

S = LabletSessionStatus
PASSWORD = "open-sesame"


async def test_a_session_gets_from_its_beginning_to_ready_in_one_call(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    await world.once(session_id)
    session = world.session(session_id)
    assert session.status is S.READY
    assert [step.step for step in session.steps] == [
        "fetch_content",
        "allocate_ports",
        "rewrite_topology",
        "import_lab",
        "start_lab",
        "converge",
        "lds_session",
        "lds_devices",
        "mark_ready",
    ]
    assert all(step.status is StepStatus.COMPLETED and step.attempts == 1 for step in session.steps)


async def test_the_imported_lab_forwards_the_granted_ports(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    await world.once(session_id)
    [lab] = world.cml.runtime.host.labs.values()
    assert lab.title == lab_title("Chain", session_id)
    assert sorted(tag for node in lab.nodes.values() for tag in node.tags) == ["serial:2000", "serial:2001"]


async def test_the_learner_is_shown_the_devices_of_the_content_only(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    await world.once(session_id)
    [lds_session] = await world.lds_sessions()
    assert lds_session["device_count"] == 1


async def test_the_password_of_a_device_reaches_the_delivery_system_and_nobody_else(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    vault = Vault(key_entries(SecretStr(new_local_entry("k1"))))
    plain = DeviceCredential(device_label="R1", username="ada")
    sealed = vault.seal(PASSWORD, plain.context_of(world.plane.package.hash))
    credential = plain.model_copy(update={"sealed_password": sealed})
    world.plane.package = world.plane.package.model_copy(update={"device_credentials": (credential,)})
    world.far = replace(world.far, vault=vault)
    session_id = world.plane.add_session("worker-1")
    with caplog.at_level(logging.DEBUG):
        await world.drive(session_id, S.READY)
    assert PASSWORD in await world.learners_page(session_id)
    told = json.dumps([world.plane.bodies, world.session(session_id).model_dump(mode="json")], default=str)
    assert "ada" in told
    assert PASSWORD not in told + caplog.text + capsys.readouterr().out


async def test_a_sealing_key_that_is_missing_is_waited_for_with_the_reason(world: World) -> None:
    sealed = Vault(key_entries(SecretStr(new_local_entry("k9")))).seal(PASSWORD, "c")
    credential = DeviceCredential(device_label="R1", sealed_password=sealed)
    world.plane.package = world.plane.package.model_copy(update={"device_credentials": (credential,)})
    session_id = world.plane.add_session("worker-1")
    result = await world.once(session_id)
    assert isinstance(result, RequeueAfter)
    assert "sealing key 'k9' is not among the keys" in result.waiting_for.lower()


async def live(world: World, session_id: str) -> None:
    """From its beginning to TERMINATED with a learner who comes and leaves."""
    await world.drive(session_id, S.READY)
    await world.learner(session_id, "login", "finish")
    await world.drive(session_id, S.TERMINATED)


async def assert_nothing_is_left(world: World, session_id: str) -> None:
    assert world.lab_titles() == []
    [lds_session] = [each for each in await world.lds_sessions() if each["auth_id"] == session_id]
    assert lds_session["open"] is False


async def test_a_whole_life_ends_with_a_score_and_nothing_left(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    await live(world, session_id)
    session = world.session(session_id)
    assert (session.score, session.max_score) == (2, 3)
    await assert_nothing_is_left(world, session_id)


async def live_and_die(world: World) -> str:
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    assert world.lab_titles() == [lab_title("Chain", session_id)]
    assert len(await world.lds_sessions()) == 1
    await world.learner(session_id, "login", "finish")
    await world.drive(session_id, S.TERMINATED)
    assert world.session(session_id).score == 2
    await assert_nothing_is_left(world, session_id)
    return session_id


@pytest.mark.parametrize("dies", ["before each write", "after each write"])
async def test_a_controller_that_dies_at_every_write_does_everything_once(world: World, dies: Any) -> None:
    world.plane.dies = dies
    await live_and_die(world)
    assert world.deaths >= 14


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_controller_that_dies_at_every_far_call_does_everything_once(world: World, when: str) -> None:
    world.die_at_every_call(when)
    await live_and_die(world)
    assert world.deaths >= 18


async def test_a_session_whose_lab_came_up_unnoticed_leaves_no_lab(world: World) -> None:
    """Imported, but never told to anyone: found by its title when the session is taken down."""
    session_id = world.plane.add_session("worker-1")
    await world.once(session_id)
    world.plane.change(session_id, cml_lab_id=None, terminate_requested=True)
    await world.drive(session_id, S.TERMINATED)
    assert world.lab_titles() == []


async def delivery_made_and_recorded(world: World, session_id: str) -> None:
    async with httpx2.AsyncClient(base_url=world.lds_url) as http:
        await http.post("/_sim/faults", json={"kind": "error", "match": {"path_regex": "/devices$"}, "status": 503})
    await world.once(session_id)
    made = world.session(session_id).step(PipelineName.INSTANTIATE, "lds_session")
    assert made is not None
    assert made.status is StepStatus.COMPLETED


async def delivery_made_and_forgotten(world: World, session_id: str) -> None:
    """The controller dies between the answer of LDS and its own record of it."""
    world.far = replace(world.far, lds=Mortal(world.far.lds, "after"))
    with pytest.raises(asyncio.CancelledError):
        await world.once(session_id)
    assert world.session(session_id).step(PipelineName.INSTANTIATE, "lds_session") is None


@pytest.mark.parametrize("placed_again", [False, True])
@pytest.mark.parametrize("made", [delivery_made_and_recorded, delivery_made_and_forgotten])
async def test_a_session_that_is_cancelled_after_its_worker_died_leaves_no_delivery_session(
    world: World, made: Any, placed_again: bool
) -> None:
    session_id = world.plane.add_session("worker-1")
    await made(world, session_id)
    assert [each["open"] for each in await world.lds_sessions()] == [True]
    world.plane.change_worker("worker-1", status=CMLWorkerStatus.TERMINATED)
    await world.once(session_id)
    assert world.session(session_id).status is S.PENDING
    if placed_again:
        world.plane.add_worker("worker-2", "127.0.0.1")
        world.plane.change_worker("worker-2", status=CMLWorkerStatus.STOPPED)
        world.plane.change(session_id, status=S.SCHEDULED, worker_id="worker-2")
    world.plane.change(session_id, terminate_requested=True)
    await world.drive(session_id, S.TERMINATED)
    assert [each["open"] for each in await world.lds_sessions()] == [False]
    assert ("worker-2", "desired-status") not in world.plane.writes, "nothing of it was ever on the second worker"


async def test_two_sessions_of_one_definition_do_not_touch_each_other(world: World) -> None:
    first, second = world.plane.add_session("worker-1"), world.plane.add_session("worker-1")
    await world.drive(first, S.READY)
    await world.drive(second, S.READY)
    world.plane.change(first, terminate_requested=True)
    await world.drive(first, S.TERMINATED)
    assert world.lab_titles() == [lab_title("Chain", second)]
    assert {each["auth_id"]: each["open"] for each in await world.lds_sessions()} == {first: False, second: True}


async def test_a_step_that_waits_is_recorded_as_running_with_its_start(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    await world.once(session_id)
    steps = world.session(session_id).steps
    converge = world.session(session_id).step(PipelineName.INSTANTIATE, "converge")
    assert converge is not None
    assert converge.started_at is not None
    assert converge.ended_at is not None
    assert all(step.started_at is not None for step in steps)
