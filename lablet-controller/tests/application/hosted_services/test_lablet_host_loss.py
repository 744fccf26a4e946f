"""A host dies, restarts or comes back under its sessions: simulated hosts that are killed, on real sockets."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lablet_controller.application.hosted_services.worker_changes import WorkerChanges
from lablet_controller.application.services.leftover_labs import LeftoverLabs
from lcm_core.domain.enums import (
    CMLWorkerStatus,
    HostLossCause,
    LabletSessionStatus,
    PipelineName,
    SessionOutcome,
    WorkerServiceStatus,
)
from lcm_core.domain.values import HostLoss, LeftoverLab
from lcm_core.reconcile import Done, RequeueAfter
from lcm_simulators.cml.model.elements import NodeState

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus
WORKER = "worker-1"


async def in_status(world: World, status: S) -> str:
    session_id = world.plane.add_session(WORKER)
    await world.drive(session_id, S.READY)
    if status is not S.READY:
        await world.learner(session_id, "login")
        world.plane.move(session_id, S.RUNNING)
    if status is S.COLLECTING:
        await world.learner(session_id, "finish")
        world.plane.move(session_id, S.COLLECTING)
    return session_id


def lost(world: World, cause: HostLossCause = HostLossCause.CML_SILENT) -> None:
    now = world.clock.now()
    loss = HostLoss(cause=cause, reason="no answer", silent_since=now, at=now)
    world.plane.change_worker(WORKER, host_loss=loss, service_status=WorkerServiceStatus.UNAVAILABLE)


def back(world: World) -> None:
    world.plane.change_worker(WORKER, host_loss=None, service_status=WorkerServiceStatus.AVAILABLE)


def kill(world: World) -> None:
    world.cml.simulator.fleet.kill(world.cml.managed)


async def revive(world: World, *, reboot: bool) -> None:
    world.cml.simulator.fleet.revive(world.cml.managed, reboot)
    await world.cml.managed.up.wait()


async def settle(world: World, session_id: str, rounds: int = 60) -> None:
    """Until it waits for nothing of its host."""
    for _ in range(rounds):
        result = await world.once(session_id)
        if world.session(session_id).recovery is None:
            return
        if isinstance(result, RequeueAfter):
            world.clock.advance(result.seconds)
    raise AssertionError(f"still held: {world.session(session_id).recovery}")


async def test_a_session_whose_learner_has_not_come_goes_back_to_be_placed_elsewhere(world: World) -> None:
    session_id = await in_status(world, S.READY)
    kill(world)
    lost(world)

    await world.once(session_id)

    assert world.session(session_id).status is S.PENDING


@pytest.mark.parametrize("status", [CMLWorkerStatus.FAILED, CMLWorkerStatus.TERMINATING, CMLWorkerStatus.TERMINATED])
async def test_a_session_that_is_being_made_begins_again_elsewhere_when_its_worker_is_gone(
    world: World, status: CMLWorkerStatus
) -> None:
    session_id = world.plane.add_session(WORKER)
    world.plane.change_worker(WORKER, status=status)

    await world.once(session_id)

    assert world.session(session_id).status is S.PENDING


async def test_who_works_is_held_while_the_host_is_away_and_goes_on_when_it_is_back(world: World) -> None:
    session_id = await in_status(world, S.RUNNING)
    kill(world)
    lost(world)
    assert isinstance(await world.once(session_id), RequeueAfter)
    held = world.session(session_id)
    assert (held.status, held.recovery is not None) == (S.RUNNING, True)

    await revive(world, reboot=False)
    back(world)
    await settle(world, session_id)

    session = world.session(session_id)
    assert (session.status, session.cml_lab_id) == (S.RUNNING, held.cml_lab_id)
    assert session.step(PipelineName.INSTANTIATE, "restart_lab") is None
    assert "never stopped" in session.pending_reason


async def test_after_a_restart_of_the_host_the_nodes_are_started_again_and_that_is_said(world: World) -> None:
    session_id = await in_status(world, S.RUNNING)
    kill(world)
    lost(world)
    await world.once(session_id)
    await revive(world, reboot=True)
    back(world)

    await settle(world, session_id)

    session = world.session(session_id)
    lab = world.cml.runtime.host.labs[session.cml_lab_id or ""]
    assert session.status is S.RUNNING
    assert "what was not saved" in session.pending_reason
    assert {node.state for node in lab.nodes.values()} == {NodeState.BOOTED}


async def test_a_restart_that_nobody_saw_shows_in_the_lab(world: World) -> None:
    """The host is away for less time than the heartbeat allows; what it lost is found all the same."""
    session_id = await in_status(world, S.RUNNING)
    kill(world)
    await revive(world, reboot=True)
    world.clock.advance(world.policy.lds_look_seconds + 1)

    await world.once(session_id)
    await settle(world, session_id)

    lab = world.cml.runtime.host.labs[world.session(session_id).cml_lab_id or ""]
    assert world.session(session_id).step(PipelineName.INSTANTIATE, "restart_lab") is not None
    assert {node.state for node in lab.nodes.values()} == {NodeState.BOOTED}


@pytest.mark.parametrize("reboot", [False, True])
async def test_work_that_was_not_collected_yet_is_collected_when_the_host_is_back(world: World, reboot: bool) -> None:
    session_id = await in_status(world, S.COLLECTING)
    kill(world)
    await world.once(session_id)
    assert world.session(session_id).status is S.COLLECTING, "a dead host is no reason to hand over nothing"
    lost(world)
    await world.once(session_id)
    world.clock.advance(600)
    await revive(world, reboot=reboot)
    back(world)

    await world.drive(session_id, S.GRADING)

    evidence = world.plane.evidence[session_id]
    read = [device.node_label for device in evidence.devices if device.error is None]
    assert "R1" in read


async def test_a_lab_that_is_missing_on_a_host_that_answers_ends_the_session(world: World) -> None:
    session_id = await in_status(world, S.RUNNING)
    world.cml.runtime.host.labs.clear()
    world.clock.advance(world.policy.lds_look_seconds + 1)

    await world.drive(session_id, S.STOPPING)

    assert world.session(session_id).outcome is SessionOutcome.FAILED


async def test_a_host_that_ec2_takes_back_is_still_collected_from(world: World) -> None:
    session_id = await in_status(world, S.COLLECTING)
    lost(world, HostLossCause.SPOT_RECLAIM)

    await world.drive(session_id, S.GRADING)

    assert world.plane.evidence[session_id].devices


async def test_a_teardown_under_way_waits_for_the_proof_until_the_host_is_back(world: World) -> None:
    session_id = await in_status(world, S.RUNNING)
    world.plane.move(session_id, S.STOPPING, outcome=SessionOutcome.COMPLETED)
    kill(world)
    lost(world)
    assert isinstance(await world.once(session_id), RequeueAfter)
    assert world.session(session_id).status is S.STOPPING

    await revive(world, reboot=True)
    back(world)
    world.clock.advance(120)
    await world.drive(session_id, S.TERMINATED)

    assert world.lab_titles() == []


async def survive(world: World, session_id: str) -> None:
    """One look, by a controller that may die in it; the next one looks again."""
    try:
        result = await world.once(session_id)
    except asyncio.CancelledError:
        world.deaths += 1
        return
    if isinstance(result, RequeueAfter):
        world.clock.advance(result.seconds)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_controller_that_dies_at_every_call_holds_once_and_brings_back_once(world: World, when: Any) -> None:
    session_id = await in_status(world, S.RUNNING)
    lab_id = world.session(session_id).cml_lab_id
    kill(world)
    lost(world)
    world.die_at_every_call(when)
    world.plane.dies = "before each write" if when == "before" else "after each write"
    for _ in range(5):
        await survive(world, session_id)
    assert world.session(session_id).recovery is not None
    await revive(world, reboot=True)
    back(world)

    for _ in range(60):
        await survive(world, session_id)

    session = world.session(session_id)
    assert world.deaths > 3
    assert (session.status, session.recovery, session.cml_lab_id) == (S.RUNNING, None, lab_id)
    assert list(world.cml.runtime.host.labs) == [lab_id]
    assert "what was not saved" in session.pending_reason


# What is left behind


async def moved_away(world: World) -> tuple[str, str]:
    """One session left the lost host and its lab there; another one waits for it. Who moved, who stays."""
    moved, stays = await in_status(world, S.READY), await in_status(world, S.RUNNING)
    lab_id = world.session(moved).cml_lab_id
    kill(world)
    lost(world)
    await world.once(moved)
    await world.once(stays)
    left = LeftoverLab(session_id=moved, definition_name="Chain", cml_lab_id=lab_id)
    world.plane.change_worker(WORKER, leftover_labs=(left,))
    return moved, stays


def worker_changes(world: World) -> WorkerChanges:
    client = world.plane.client
    return WorkerChanges(client, lambda _id: None, LeftoverLabs(client, world.far.labs))


async def test_a_host_that_is_back_is_cleared_of_what_moved_and_of_nothing_else(world: World) -> None:
    _, stays = await moved_away(world)
    await revive(world, reboot=False)
    back(world)

    for _ in range(50):
        if await worker_changes(world).reconcile(WORKER) == Done():
            break

    assert world.plane.worker(WORKER).leftover_labs == ()
    assert list(world.cml.runtime.host.labs) == [world.session(stays).cml_lab_id]


async def test_nothing_is_removed_from_a_host_that_does_not_answer_yet(world: World) -> None:
    await moved_away(world)

    assert await worker_changes(world).reconcile(WORKER) == Done()

    assert len(world.plane.worker(WORKER).leftover_labs) == 1


async def test_a_lab_that_is_in_use_is_never_taken_for_a_leftover(world: World) -> None:
    session_id = await in_status(world, S.RUNNING)
    left = LeftoverLab(session_id=session_id, definition_name="Chain", cml_lab_id=world.session(session_id).cml_lab_id)
    world.plane.change_worker(WORKER, leftover_labs=(left,))

    assert isinstance(await worker_changes(world).reconcile(WORKER), RequeueAfter)

    assert len(world.lab_titles()) == 1


async def test_a_hold_is_not_told_again_and_again(world: World) -> None:
    session_id = await in_status(world, S.RUNNING)
    kill(world)
    lost(world)
    for _ in range(5):
        await world.once(session_id)
        world.clock.advance(timedelta(seconds=3).total_seconds())

    assert [action for _, action in world.plane.writes].count("host-lost") == 1
