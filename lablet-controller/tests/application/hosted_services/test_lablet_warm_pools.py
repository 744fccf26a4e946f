"""Warm pools against a real CML: sessions take prepared labs; people come first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lablet_controller.application.ports.cml_labs import CmlHost
from lcm_core.domain.enums import LabletSessionStatus, PipelineName
from lcm_core.domain.warm_pool import PreparedLabStatus, WarmPoolPolicy
from lcm_core.reconcile import RequeueAfter

from ...kept_pools import KeptPools

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S, L = LabletSessionStatus, PreparedLabStatus


def kept(world: World) -> KeptPools:
    return KeptPools(world.plane, world.clock, world.far.labs)


async def fault(world: World, **spec: Any) -> None:
    async with httpx2.AsyncClient(base_url=world.cml.control_url) as http:
        assert (await http.post("/_sim/faults", json=spec)).status_code == 201


async def test_a_session_is_started_from_the_pool_with_its_ports_and_without_an_import(world: World) -> None:
    await kept(world).fill()
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
    await kept(world).fill()
    session_id = world.plane.add_session("worker-1")
    world.plane.pools.give_to_session(session_id)
    await world.drive(session_id, S.READY)

    world.plane.change(session_id, terminate_requested=True)
    await world.drive(session_id, S.TERMINATED)

    assert world.lab_titles() == []


@pytest.mark.parametrize("trouble", ["gone", "touched"])
async def test_a_prepared_lab_that_is_not_what_it_was_is_replaced_by_an_import(world: World, trouble: str) -> None:
    await kept(world).fill()
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
    await kept(world).fill()
    session_id = world.plane.add_session("worker-1")
    lab = world.plane.pools.give_to_session(session_id)
    world.die_at_every_call(when)

    await world.drive(session_id, S.READY)

    assert world.deaths > 3
    assert list(world.cml.runtime.host.labs) == [lab.cml_lab_id] == [world.session(session_id).cml_lab_id]


async def test_nothing_is_prepared_while_people_wait_or_a_session_begins_on_that_host(world: World) -> None:
    pools = world.plane.pools
    pools.policy, pools.waiting = WarmPoolPolicy(depth=1), 1
    assert isinstance(await kept(world).one_pass(), RequeueAfter)
    pools.waiting = 0
    session_id = world.plane.add_session("worker-1")
    assert isinstance(await kept(world).one_pass(), RequeueAfter)
    assert (kept(world).statuses(), world.lab_titles()) == ([], [])

    await world.drive(session_id, S.READY)
    await kept(world).settle()

    assert kept(world).statuses() == [L.READY]


async def test_a_lab_that_is_taken_is_replaced_so_that_the_depth_is_idle_ones(world: World) -> None:
    await kept(world).fill(depth=2)
    session_id = world.plane.add_session("worker-1")
    world.plane.pools.give_to_session(session_id)
    await world.drive(session_id, S.READY)

    await kept(world).settle()

    assert kept(world).statuses() == [L.READY, L.READY]
    assert len(world.cml.runtime.host.labs) == 3
