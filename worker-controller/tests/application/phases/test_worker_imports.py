"""An instance that somebody made becomes a worker, or the worker fails and the instance is left alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import WorkerDesiredStatus, WorkerOrigin
from lcm_core.testing.examples import examples
from worker_controller.domain.ec2 import Ec2Instance, Ec2State

IMPORTED: dict[str, Any] = {"import_of": "i-7", "origin": WorkerOrigin.IMPORTED}


def wish(world: Any, **changes: Any) -> None:
    world.add_worker(**(IMPORTED | changes))


def an_instance(world: Any, **changes: Any) -> None:
    instance = Ec2Instance(
        "i-7",
        "us-east-1",
        Ec2State.RUNNING,
        "ami-1",
        private_ip="127.10.0.7",
        launched_at=world.clock.now() - timedelta(days=30),
        instance_type="m5zn.metal",
    )
    world.ec2.rows["i-7"] = replace(instance, **changes)


async def test_a_running_instance_is_marked_and_serves(world: Any) -> None:
    wish(world)
    an_instance(world)
    assert await world.run() == [W.PENDING, W.PROVISIONING, W.RUNNING]
    assert world.record.rows["w-1"].ec2_instance_id == "i-7"
    assert (world.ec2.rows["i-7"].worker_id, world.ec2.rows["i-7"].fleet) == ("w-1", "lcm")
    assert world.ec2.launches == 0


async def test_a_stopped_instance_is_started_and_serves(world: Any) -> None:
    wish(world)
    an_instance(world, state=Ec2State.STOPPED)
    assert await world.run() == [W.PENDING, W.STOPPED, W.STARTING, W.RUNNING]


async def test_an_instance_that_is_on_its_way_is_waited_for(world: Any) -> None:
    wish(world)
    an_instance(world, state=Ec2State.PENDING)
    assert await world.run(steps=5) == [W.PENDING]
    an_instance(world)
    assert (await world.run())[-1] is W.RUNNING


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": Ec2State.TERMINATED}, "does not come back"),
        ({"fleet": "another"}, "belongs to fleet 'another'"),
        ({"instance_type": "t3.micro"}, "is of type t3.micro"),
        ({"spot": True}, "spot instance"),
        ({"private_ip": None}, "no private address"),
    ],
)
async def test_what_does_not_fit_fails_with_the_reason_and_is_left_as_it_was(
    world: Any, changes: dict[str, Any], why: str
) -> None:
    wish(world)
    an_instance(world, **changes)
    before = world.ec2.rows["i-7"]
    assert (await world.run(steps=5))[-1] is W.FAILED
    assert why in world.record.rows["w-1"].failure
    assert world.ec2.rows["i-7"] == before


async def test_an_image_that_the_template_does_not_take_is_refused(world: Any) -> None:
    wish(world)
    an_instance(world, image_id="ami-old")
    world.ec2.image_names["ami-old"] = "Ubuntu-24.04"
    world.templates[0] = world.templates[0].model_copy(
        update={"ami": world.templates[0].ami.model_copy(update={"name_pattern": "CML-*"})}
    )
    assert (await world.run(steps=5))[-1] is W.FAILED
    assert "does not match CML-*" in world.record.rows["w-1"].failure


async def test_there_must_be_such_an_instance(world: Any) -> None:
    wish(world)
    assert (await world.run(steps=3))[-1] is W.FAILED
    assert "knows no instance i-7 in us-east-1" in world.record.rows["w-1"].failure


async def test_the_instance_of_another_worker_is_not_taken_from_it(world: Any) -> None:
    world.add_worker("w-2", status=W.RUNNING)
    wish(world)
    an_instance(world, worker_id="w-2", fleet="lcm")
    assert (await world.run(steps=3))[-1] is W.FAILED
    assert world.ec2.rows["i-7"].worker_id == "w-2"


async def test_the_instance_of_a_worker_that_is_gone_may_be_taken(world: Any) -> None:
    world.add_worker("w-2", status=W.TERMINATED)
    wish(world)
    an_instance(world, worker_id="w-2", fleet="lcm")
    assert (await world.run())[-1] is W.RUNNING


async def test_an_imported_instance_that_does_not_come_up_is_let_go_and_not_terminated(world: Any) -> None:
    wish(world)
    an_instance(world)
    world.cml.answers = False
    seen = await world.run(steps=400, seconds=10)
    assert seen[-2:] == [W.FAILED, W.TERMINATED]
    left = world.ec2.rows["i-7"]
    assert (left.state, left.worker_id) == (Ec2State.RUNNING, None)
    assert "lcm-w-1" in left.released


async def test_an_imported_worker_that_is_terminated_on_request_takes_its_instance_with_it(world: Any) -> None:
    wish(world)
    an_instance(world)
    await world.run()
    world.want(WorkerDesiredStatus.TERMINATED)
    assert (await world.run())[-1] is W.TERMINATED
    assert world.ec2.alive == []


@pytest.mark.parametrize("marked", [False, True])
async def test_an_import_that_is_cancelled_leaves_the_instance_alone(world: Any, marked: bool) -> None:
    wish(world, desired_status=WorkerDesiredStatus.TERMINATED)
    an_instance(world, worker_id="w-1" if marked else None)
    assert (await world.run(steps=3))[-1] is W.TERMINATED
    assert world.ec2.rows["i-7"].state is Ec2State.RUNNING
    assert world.ec2.rows["i-7"].worker_id is None


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.sampled_from([None, None, "before", "after"]), max_size=14))
async def test_killed_at_any_line_the_instance_ends_as_this_worker_and_nothing_is_launched(
    new_world: Any, plan: list[str | None]
) -> None:
    world = new_world()
    wish(world)
    an_instance(world)
    world.crashes.plan = iter(plan)
    assert (await world.run(steps=400))[-1] is W.RUNNING
    assert (world.ec2.launches, world.ec2.rows["i-7"].worker_id) == (0, "w-1")
