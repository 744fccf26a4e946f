"""Warm pools against a real CML: labs are prepared, taken, replaced and removed; people come first."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lablet_controller.application.hosted_services.warm_pool_keeper import WarmPoolKeeper, prepared_lab_changes
from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.application.services.content_store import ContentStore
from lablet_controller.application.services.lab_preparation import LabPreparation
from lablet_controller.application.services.topology_rewriter import TopologyRewriter
from lcm_core.coordination import KeyValue, WatchEvent, WatchEventKind
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, PipelineName, WorkerDesiredStatus
from lcm_core.domain.warm_pool import PreparedLabStatus, WarmPoolPolicy, WarmPoolStatus
from lcm_core.reconcile import Done, RequeueAfter, Result

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S, L = LabletSessionStatus, PreparedLabStatus


def keeper(world: World) -> WarmPoolKeeper:
    """As a process that has just started."""
    client = world.plane.client
    contents = ContentStore(client.definitions)
    preparation = LabPreparation(client, contents, TopologyRewriter(), world.far.labs, world.clock)
    return WarmPoolKeeper(client, preparation, world.clock)


async def one_pass(world: World) -> Result:
    return await keeper(world).reconcile("warm-pools")


async def settle(world: World, *, passes: int = 20) -> None:
    for _ in range(passes):
        try:
            if await one_pass(world) == Done():
                return
        except asyncio.CancelledError:
            world.deaths += 1
        world.clock.advance(1)
    pytest.fail(f"still at work: {world.plane.pools.labs()}")


async def filled(world: World, depth: int = 1, **policy: Any) -> None:
    world.plane.pools.policy = WarmPoolPolicy(depth=depth, **policy)
    await settle(world)


def statuses(world: World, worker_id: str = "worker-1") -> list[PreparedLabStatus]:
    return [lab.status for lab in world.plane.pools.labs(worker_id)]


async def fault(world: World, **spec: Any) -> None:
    async with httpx2.AsyncClient(base_url=world.cml.control_url) as http:
        assert (await http.post("/_sim/faults", json=spec)).status_code == 201


async def test_a_session_is_started_from_the_pool_with_its_ports_and_without_an_import(world: World) -> None:
    await filled(world)
    (prepared,) = world.cml.runtime.host.labs.values()
    tags = sorted(tag for node in prepared.nodes.values() for tag in node.tags)
    session_id = world.plane.add_session("worker-1")
    lab = world.plane.pools.give_to_session(session_id)
    await fault(world, kind="error", match={"path_regex": "/import"}, status=500)

    await world.drive(session_id, S.READY)

    session = world.session(session_id)
    assert list(world.cml.runtime.host.labs) == [session.cml_lab_id] == [prepared.id]
    assert prepared.title == f"Chain-{session_id}"
    assert tags == sorted(f"serial:{binding.outer}" for binding in lab.ports)
    assert sorted(tag for node in prepared.nodes.values() for tag in node.tags) == tags
    assert session.allocated_ports == lab.ports
    step = session.step(PipelineName.INSTANTIATE, "import_lab")
    assert step is not None
    assert (step.result["lab_id"], step.result["found"]) == (prepared.id, True)


async def test_the_lab_of_a_warm_session_is_taken_down_like_any_other(world: World) -> None:
    await filled(world)
    session_id = world.plane.add_session("worker-1")
    world.plane.pools.give_to_session(session_id)
    await world.drive(session_id, S.READY)

    world.plane.change(session_id, terminate_requested=True)
    await world.drive(session_id, S.TERMINATED)

    assert world.lab_titles() == []


@pytest.mark.parametrize("trouble", ["gone", "touched"])
async def test_a_prepared_lab_that_is_not_what_it_was_is_replaced_by_an_import(world: World, trouble: str) -> None:
    await filled(world)
    session_id = world.plane.add_session("worker-1")
    lab = world.plane.pools.give_to_session(session_id)
    host = CmlHost("worker-1", world.cml.address)
    if trouble == "gone":
        await world.far.labs.delete_lab(host, lab.cml_lab_id or "")
    else:
        await world.far.labs.start_lab(host, lab.cml_lab_id or "")

    await world.drive(session_id, S.READY)

    session = world.session(session_id)
    assert session.cml_lab_id != lab.cml_lab_id
    assert list(world.cml.runtime.host.labs) == [session.cml_lab_id]
    assert session.allocated_ports == lab.ports


@pytest.mark.parametrize("when", ["before", "after"])
async def test_whoever_dies_over_a_warm_start_leaves_one_lab_that_the_session_has(world: World, when: str) -> None:
    await filled(world)
    session_id = world.plane.add_session("worker-1")
    lab = world.plane.pools.give_to_session(session_id)
    world.die_at_every_call(when)

    await world.drive(session_id, S.READY)

    assert world.deaths > 3
    assert list(world.cml.runtime.host.labs) == [lab.cml_lab_id] == [world.session(session_id).cml_lab_id]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_keeper_that_dies_at_every_call_prepares_each_lab_once(world: World, when: str) -> None:
    world.die_at_every_call(when)
    labs: Any = world.far.labs

    await filled(world, depth=2)

    assert labs.has_died_at("import_lab")
    assert statuses(world) == [L.READY, L.READY]
    assert sorted(world.cml.runtime.host.labs) == sorted(lab.cml_lab_id or "" for lab in world.plane.pools.labs())


async def test_nothing_is_prepared_while_people_wait_or_a_session_begins_on_that_host(world: World) -> None:
    pools = world.plane.pools
    pools.policy, pools.waiting = WarmPoolPolicy(depth=1), 1
    assert isinstance(await one_pass(world), RequeueAfter)
    pools.waiting = 0
    session_id = world.plane.add_session("worker-1")
    assert isinstance(await one_pass(world), RequeueAfter)
    assert (statuses(world), world.lab_titles()) == ([], [])

    await world.drive(session_id, S.READY)
    await settle(world)

    assert statuses(world) == [L.READY]


async def test_a_lab_that_is_taken_is_replaced_so_that_the_depth_is_idle_ones(world: World) -> None:
    await filled(world, depth=2)
    session_id = world.plane.add_session("worker-1")
    world.plane.pools.give_to_session(session_id)
    await world.drive(session_id, S.READY)

    await settle(world)

    assert statuses(world) == [L.READY, L.READY]
    assert len(world.cml.runtime.host.labs) == 3


async def test_labs_of_another_version_and_old_ones_are_replaced(world: World) -> None:
    await filled(world, max_age_hours=24)
    first = set(world.cml.runtime.host.labs)
    world.plane.package = world.plane.package.model_copy(update={"hash": "b" * 64})
    world.plane.pools.version = "1.1.0"
    await settle(world)
    second = set(world.cml.runtime.host.labs)
    world.plane.pools.age(hours=25)
    await settle(world)
    third = set(world.cml.runtime.host.labs)

    assert [len(each) for each in (first, second, third)] == [1, 1, 1]
    assert len(first | second | third) == 3
    assert [lab.definition_version for lab in world.plane.pools.labs()] == ["1.1.0"]


async def test_a_drained_pool_leaves_nothing_on_the_host(world: World) -> None:
    await filled(world, depth=2)
    world.plane.pools.status = WarmPoolStatus.DRAINED

    await settle(world)

    assert (statuses(world), world.lab_titles()) == ([], [])


async def test_a_paused_pool_keeps_what_it_has_and_prepares_nothing(world: World) -> None:
    await filled(world, depth=1)
    world.plane.pools.policy = WarmPoolPolicy(depth=3)
    world.plane.pools.status = WarmPoolStatus.PAUSED

    assert await one_pass(world) == Done()
    assert statuses(world) == [L.READY]


async def test_what_a_draining_worker_lost_is_removed_while_it_answers(world: World) -> None:
    await filled(world)
    lab = world.plane.pools.labs()[0].model_copy(update={"status": L.REMOVING})
    world.plane.change_worker(
        "worker-1",
        prepared_labs=(lab,),
        status=CMLWorkerStatus.DRAINING,
        desired_status=WorkerDesiredStatus.STOPPED,
    )

    await settle(world)

    assert (statuses(world), world.lab_titles()) == ([], [])


async def test_a_refused_import_is_kept_as_evidence_and_the_budget_ends_it(world: World) -> None:
    await fault(world, kind="error", match={"path_regex": "/import"}, status=400)
    world.plane.pools.policy = WarmPoolPolicy(depth=1, failure_budget=2)

    await settle(world)

    assert world.plane.pools.status is WarmPoolStatus.SUSPENDED
    assert len(world.plane.pools.failures) == 2
    assert (statuses(world), world.lab_titles()) == ([], [])


async def test_a_passing_failure_costs_nothing_of_the_budget(world: World) -> None:
    await fault(world, kind="error", match={"path_regex": "/import"}, status=503, times=1)
    world.plane.pools.policy = WarmPoolPolicy(depth=1, failure_budget=1)

    await settle(world)

    assert (statuses(world), world.plane.pools.failures) == ([L.READY], [])


async def test_labs_are_prepared_on_the_hosts_where_bookings_are_expected(world: World) -> None:
    world.plane.add_worker("worker-2", world.cml.address)
    world.plane.pools.expected = {"worker-1": 1, "worker-2": 1}

    await filled(world, depth=0)

    assert (statuses(world), statuses(world, "worker-2")) == ([L.READY], [L.READY])


def test_labs_to_remove_wake_the_keeper_and_whoever_takes_one_does_not() -> None:
    key_of = prepared_lab_changes("/lcm").key_of

    def told(**prepared: int) -> str | None:
        value = {"status": "RUNNING", "service_status": "available", "prepared": prepared}
        put = KeyValue("/lcm/workers/w-1/actual", json.dumps(value).encode(), 1, 1, 1, 0)
        return key_of(WatchEvent(WatchEventKind.PUT, put))

    woken = [told(READY=1), told(CLAIMED=1), told(), told(REMOVING=1), told(REMOVING=1), told()]
    assert [each is not None for each in woken] == [True, False, False, True, False, True]
