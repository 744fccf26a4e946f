from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from worker_controller.application.services.discovery import DISCOVERY_KEY, DiscoveryReconciler, StrayKind
from worker_controller.domain.ec2 import Ec2Instance, Ec2State


@pytest.fixture
def discovery(world: Any) -> DiscoveryReconciler:
    return DiscoveryReconciler(world.record, world.ec2, regions=["us-east-1"], clock=world.clock, young_seconds=300)


def an_instance(world: Any, worker_id: str | None, instance_id: str = "i-9", **changes: Any) -> None:
    old = world.clock.now() - timedelta(hours=1)
    instance = Ec2Instance(instance_id, "us-east-1", Ec2State.RUNNING, "ami", worker_id, launched_at=old)
    world.ec2.rows[instance_id] = replace(instance, **changes)


async def kinds(discovery: DiscoveryReconciler) -> dict[str, StrayKind]:
    await discovery.reconcile(DISCOVERY_KEY)
    return {stray.ec2_instance_id: stray.kind for stray in discovery.report.strays}


async def test_the_instance_of_a_worker_is_no_stray(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker(status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-9")
    an_instance(world, "w-1")
    assert await kinds(discovery) == {}
    assert (discovery.report.instances, discovery.report.workers) == (1, 1)


@pytest.mark.parametrize("worker_id", [None, "somebody-else"])
async def test_an_instance_that_no_record_knows_is_told_and_left_alone(
    world: Any, discovery: DiscoveryReconciler, worker_id: str | None
) -> None:
    an_instance(world, worker_id)
    assert await kinds(discovery) == {"i-9": StrayKind.UNKNOWN}
    assert len(world.ec2.alive) == 1


async def test_what_a_terminated_worker_left_behind_is_removed(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker(status=CMLWorkerStatus.TERMINATED, ec2_instance_id="i-9")
    an_instance(world, "w-1")
    assert await kinds(discovery) == {"i-9": StrayKind.LEFTOVER}
    assert world.ec2.alive == []


async def test_the_instance_of_a_worker_that_is_only_planned_is_removed(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker(status=CMLWorkerStatus.PENDING, desired_status=WorkerDesiredStatus.STOPPED)
    an_instance(world, "w-1")
    assert await kinds(discovery) == {"i-9": StrayKind.LEFTOVER}
    assert world.ec2.alive == []


async def test_the_instance_of_a_worker_that_is_to_be_launched_is_no_stray(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker(status=CMLWorkerStatus.PENDING)
    an_instance(world, "w-1")
    assert await kinds(discovery) == {}


async def test_a_second_instance_of_a_worker_is_removed_and_the_first_one_kept(
    world: Any, discovery: DiscoveryReconciler
) -> None:
    world.add_worker(status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-1")
    an_instance(world, "w-1", "i-1")
    an_instance(world, "w-1", "i-2")
    assert await kinds(discovery) == {"i-2": StrayKind.DUPLICATE}
    assert [each.id for each in world.ec2.alive] == ["i-1"]


async def test_a_launch_that_is_not_reported_yet_is_no_stray(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker()
    an_instance(world, "w-1")
    assert await kinds(discovery) == {}


async def test_a_young_instance_is_given_time(world: Any, discovery: DiscoveryReconciler) -> None:
    an_instance(world, "somebody", launched_at=world.clock.now() - timedelta(seconds=299))
    assert await kinds(discovery) == {}


async def test_regions_of_workers_are_looked_at_too(world: Any, discovery: DiscoveryReconciler) -> None:
    world.add_worker(region="eu-west-1", status=CMLWorkerStatus.RUNNING, ec2_instance_id="i-1")
    an_instance(world, "w-1", "i-2", region="eu-west-1")
    assert await kinds(discovery) == {"i-2": StrayKind.DUPLICATE}
