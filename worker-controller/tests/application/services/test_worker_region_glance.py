"""One call answers for all workers of a region; what looks wrong is asked for exactly."""

import asyncio
from dataclasses import replace
from typing import Any

from worker_controller.application.services.instances import Instances
from worker_controller.domain.ec2 import Ec2State


class Counting:
    def __init__(self, ec2: Any) -> None:
        self._ec2 = ec2
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._ec2, name)


async def serving(world: Any, count: int) -> list[Any]:
    for number in range(count):
        world.add_worker(f"w-{number}")
        await world.run(steps=8, worker_id=f"w-{number}")
    return [world.record.rows[f"w-{number}"] for number in range(count)]


async def test_a_fleet_that_runs_costs_one_call_for_each_span(world: Any) -> None:
    rows = await serving(world, 20)
    ec2 = Counting(world.ec2)
    instances = Instances(ec2, glance_seconds=10, clock=world.clock)
    for _ in range(6):
        await asyncio.gather(*(instances.glance(row) for row in rows))
        world.clock.advance(5)
    assert ec2.calls == ["managed"] * 3


async def test_an_instance_that_does_not_run_is_asked_for_exactly(world: Any) -> None:
    rows = await serving(world, 3)
    ec2 = Counting(world.ec2)
    instances = Instances(ec2, glance_seconds=10, clock=world.clock)
    world.ec2.rows["i-2"] = replace(world.ec2.rows["i-2"], state=Ec2State.TERMINATED)
    found = [await instances.glance(row) for row in rows]
    assert [each.state for each in found if each] == [Ec2State.RUNNING, Ec2State.TERMINATED, Ec2State.RUNNING]
    assert ec2.calls == ["managed", "describe"]
