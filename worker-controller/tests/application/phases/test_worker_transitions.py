"""Every way out of every status of a worker, each brought about by what its row of the table says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.transitions import CML_WORKER_TRANSITIONS, CML_WORKER_VALID_TRANSITIONS
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot
from worker_controller.domain.cloud import InstanceStatus, PlannedEvent
from worker_controller.domain.ec2 import Ec2Instance, Ec2State

Cause = Callable[[Any], Awaitable[None]]
D = WorkerDesiredStatus
EC2 = "i-1"


async def requested(world: Any) -> None:
    world.add_worker(startup_seconds=100)


async def launched(world: Any) -> None:
    world.cml.answers = False
    await requested(world)
    await world.run(steps=1)
    world.cml.answers = True


async def up(world: Any) -> None:
    await requested(world)
    await world.run(steps=8)


async def draining(world: Any) -> None:
    """With somebody on it."""
    await up(world)
    now: datetime = world.clock.now()
    slot = Timeslot(start=now, end=now + timedelta(hours=1))
    held = CapacityAllocation(session_id="s", vector=ResourceVector(), interval=slot, allocated_at=now)
    world.record.change("w-1", status=W.DRAINING, desired_status=D.STOPPED, allocations=(held,))


async def at_rest(world: Any) -> None:
    await up(world)
    world.want(D.STOPPED)
    await world.run(steps=5)


async def stopping(world: Any) -> None:
    world.ec2.guest_hangs = True
    await at_rest(world)
    world.ec2.guest_hangs = False


async def starting(world: Any) -> None:
    await at_rest(world)
    world.cml.answers = False
    world.want(D.RUNNING)
    await world.run(steps=2)
    world.cml.answers = True


async def failed(world: Any) -> None:
    world.ec2.images.clear()
    await requested(world)
    await world.run(steps=2)


async def terminating(world: Any) -> None:
    world.cml.answers = False
    await up(world)
    world.want(D.TERMINATED)
    await world.run(steps=2)


ARRANGED: Mapping[W, Cause] = {
    W.PENDING: requested,
    W.PROVISIONING: launched,
    W.RUNNING: up,
    W.DRAINING: draining,
    W.STOPPING: stopping,
    W.STOPPED: at_rest,
    W.STARTING: starting,
    W.FAILED: failed,
    W.TERMINATING: terminating,
}


def wanted(desired: WorkerDesiredStatus) -> Cause:
    async def cause(world: Any) -> None:
        world.want(desired)

    return cause


async def nothing_more(world: Any) -> None:
    del world


async def instance_gone(world: Any) -> None:
    world.ec2.rows[EC2] = replace(world.ec2.rows[EC2], state=Ec2State.TERMINATED)


async def instance_unknown(world: Any) -> None:
    del world.ec2.rows[EC2]


async def no_image(world: Any) -> None:
    world.ec2.images.clear()


async def cml_silent(world: Any) -> None:
    world.cml.answers = False


async def nobody_left(world: Any) -> None:
    world.record.change("w-1", allocations=())


async def maintenance(world: Any) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    world.ec2.instance_status = InstanceStatus(events=(PlannedEvent("system-reboot", soon, "scheduled reboot"),))


async def a_stopped_instance_imported(world: Any) -> None:
    at_rest = Ec2Instance(
        EC2, "us-east-1", Ec2State.STOPPED, "ami-1", private_ip="127.10.0.4", instance_type="m5zn.metal"
    )
    world.ec2.rows[EC2] = at_rest
    world.record.change("w-1", import_of=EC2)


WAYS_OUT: Mapping[tuple[W, W], Cause] = {
    (W.PENDING, W.PROVISIONING): nothing_more,
    (W.PENDING, W.STOPPED): a_stopped_instance_imported,
    (W.PENDING, W.FAILED): no_image,
    (W.PENDING, W.TERMINATED): wanted(D.TERMINATED),
    (W.PROVISIONING, W.RUNNING): nothing_more,
    (W.PROVISIONING, W.FAILED): cml_silent,
    (W.PROVISIONING, W.TERMINATING): wanted(D.TERMINATED),
    (W.PROVISIONING, W.TERMINATED): instance_unknown,
    (W.RUNNING, W.DRAINING): maintenance,
    (W.RUNNING, W.STOPPING): wanted(D.STOPPED),
    (W.RUNNING, W.FAILED): cml_silent,
    (W.RUNNING, W.TERMINATING): wanted(D.TERMINATED),
    (W.RUNNING, W.TERMINATED): instance_gone,
    (W.DRAINING, W.RUNNING): wanted(D.RUNNING),
    (W.DRAINING, W.STOPPING): nobody_left,
    (W.DRAINING, W.FAILED): cml_silent,
    (W.DRAINING, W.TERMINATING): wanted(D.TERMINATED),
    (W.DRAINING, W.TERMINATED): instance_gone,
    (W.STOPPING, W.STOPPED): nothing_more,
    (W.STOPPING, W.TERMINATED): instance_gone,
    (W.STOPPED, W.STARTING): wanted(D.RUNNING),
    (W.STOPPED, W.TERMINATING): wanted(D.TERMINATED),
    (W.STOPPED, W.TERMINATED): instance_gone,
    (W.STARTING, W.RUNNING): nothing_more,
    (W.STARTING, W.FAILED): cml_silent,
    (W.STARTING, W.STOPPING): wanted(D.STOPPED),
    (W.STARTING, W.TERMINATING): wanted(D.TERMINATED),
    (W.STARTING, W.TERMINATED): instance_gone,
    (W.FAILED, W.TERMINATING): wanted(D.TERMINATED),
    (W.FAILED, W.TERMINATED): nothing_more,
    (W.TERMINATING, W.TERMINATED): nothing_more,
}


def test_every_way_out_of_the_table_has_its_test() -> None:
    table = {(source, target) for source, targets in CML_WORKER_VALID_TRANSITIONS.items() for target in targets}
    assert set(WAYS_OUT) == table


@pytest.mark.parametrize(
    ("source", "target"), [pytest.param(row.source, row.target, id=row.trigger) for row in CML_WORKER_TRANSITIONS]
)
async def test_a_way_out(world: Any, source: W, target: W) -> None:
    await ARRANGED[source](world)
    assert world.status() is source
    await WAYS_OUT[source, target](world)

    seen = await world.run(steps=400, seconds=15)

    assert seen[:2] == [source, target]


@pytest.mark.parametrize("source", ARRANGED, ids=str)
async def test_a_controller_that_starts_anew_brings_about_the_same(world: Any, source: W) -> None:
    """Nothing that decides is only in the memory of the one that led before."""
    await ARRANGED[source](world)
    world.want(D.TERMINATED)
    for _ in range(80):
        world.reconciler = world.new_reconciler()
        await world.run(steps=1, seconds=15)

    assert (world.status(), world.ec2.alive) == (W.TERMINATED, [])
