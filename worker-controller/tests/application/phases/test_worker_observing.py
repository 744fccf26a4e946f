"""What is found out about workers that serve, and how closely they are watched."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import WorkerServiceStatus
from lcm_core.domain.read_models import DriftKind
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot
from lcm_core.domain.warm_pool import PreparedLab, PreparedLabStatus
from worker_controller.domain.cloud import CloudFigures, InstanceStatus, PlannedEvent

EC2 = "i-1"


async def bring_up(world: Any) -> None:
    nodes = ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=500, nodes=20)
    world.add_worker(declared=nodes, ami_name="CML-2.9.1-build.7")
    await world.run(steps=8)
    assert world.status() is W.RUNNING
    assert drift(world) == set()


def drift(world: Any) -> set[DriftKind]:
    return {each.what for each in world.record.rows["w-1"].drift}


async def minutes(world: Any, count: int) -> None:
    await world.run(steps=count * 12, seconds=5)


async def looks(world: Any, count: int) -> None:
    """Until its figures were reported so many times more."""
    wanted = len(world.record.metrics) + count
    for _ in range(100):
        if len(world.record.metrics) >= wanted:
            return
        await world.run(steps=1, seconds=5)
    raise AssertionError("no figures are reported any more")


def hold(world: Any, nodes: int, session_id: str = "s-1") -> None:
    now: datetime = world.clock.now()
    slot = Timeslot(start=now - timedelta(minutes=30), end=now + timedelta(hours=1))
    vector = ResourceVector(nodes=nodes)
    held = CapacityAllocation(session_id=session_id, vector=vector, interval=slot, allocated_at=now)
    world.record.change("w-1", allocations=(held,))


async def test_a_host_smaller_than_declared_is_reported_once_and_until_it_is_not(world: Any) -> None:
    await bring_up(world)
    world.cml.host_stats = replace(world.cml.host_stats, cpu_cores=16)
    await minutes(world, 5)
    assert drift(world) == {DriftKind.CPU_CORES}
    assert len(world.record.findings) == 1
    world.cml.host_stats = replace(world.cml.host_stats, cpu_cores=48)
    await minutes(world, 5)
    assert drift(world) == set()
    assert len(world.record.findings) == 2


async def test_a_lab_that_no_session_stands_for_is_foreign_at_the_second_look(world: Any) -> None:
    await bring_up(world)
    hold(world, nodes=5)
    world.sessions.lab_ids = ["ours"]
    world.cml.lab_ids = frozenset({"ours", "theirs"})
    await looks(world, 1)
    assert drift(world) == set()
    await looks(world, 1)
    assert drift(world) == {DriftKind.FOREIGN_LABS}
    world.cml.lab_ids = frozenset({"ours"})
    await looks(world, 1)
    assert drift(world) == set()


async def test_a_lab_that_is_bound_between_two_looks_was_never_foreign(world: Any) -> None:
    await bring_up(world)
    hold(world, nodes=5)
    world.cml.lab_ids = frozenset({"ours"})
    await looks(world, 1)
    world.sessions.lab_ids = ["ours"]
    await looks(world, 3)
    assert world.record.findings == []


async def test_a_lab_that_outlives_its_session_is_foreign(world: Any) -> None:
    await bring_up(world)
    hold(world, nodes=5)
    world.sessions.lab_ids, world.cml.lab_ids = ["ours"], frozenset({"ours"})
    await minutes(world, 3)
    world.record.change("w-1", allocations=())
    world.sessions.lab_ids = []
    await minutes(world, 3)
    assert drift(world) == {DriftKind.FOREIGN_LABS}


async def test_a_lab_that_is_kept_prepared_is_not_foreign(world: Any) -> None:
    await bring_up(world)
    prepared = PreparedLab(
        id="p-1",
        definition_name="d",
        definition_id="d-1",
        definition_version="1.0.0",
        content_hash="c",
        status=PreparedLabStatus.READY,
        held=ResourceVector(storage_gb=10),
        cml_lab_id="kept",
        reserved_at=world.clock.now(),
    )
    world.record.change("w-1", prepared_labs=(prepared,))
    world.cml.lab_ids = frozenset({"kept"})
    await looks(world, 3)
    assert drift(world) == set()


async def test_a_restart_tells_nothing_that_is_known(world: Any) -> None:
    await bring_up(world)
    world.cml.lab_ids = frozenset({"theirs"})
    await minutes(world, 3)
    told = len(world.record.findings)
    world.reconciler = world.new_reconciler()
    await minutes(world, 3)
    assert drift(world) == {DriftKind.FOREIGN_LABS}
    assert len(world.record.findings) == told


async def test_sessions_are_asked_for_only_when_labs_or_claims_change(world: Any) -> None:
    await bring_up(world)
    hold(world, nodes=5)
    world.sessions.lab_ids, world.cml.lab_ids = ["ours"], frozenset({"ours"})
    await minutes(world, 30)
    assert world.sessions.asked == 1


async def test_failing_status_checks_take_a_worker_out_of_placement_and_nothing_from_it(world: Any) -> None:
    await bring_up(world)
    world.cloud.note_statuses({EC2: InstanceStatus("system")})
    await minutes(world, 1)
    row = world.record.rows["w-1"]
    assert (row.status, row.service_status, row.placeable) == (W.RUNNING, WorkerServiceStatus.UNKNOWN, False)
    assert world.record.health[-1].reason == "EC2 status checks fail: system"
    world.cloud.note_statuses({EC2: InstanceStatus()})
    await minutes(world, 1)
    assert world.record.rows["w-1"].placeable


async def test_planned_maintenance_is_told_when_it_changes(world: Any) -> None:
    await bring_up(world)
    due = world.clock.now() + timedelta(days=2)
    world.cloud.note_statuses({EC2: InstanceStatus("", (PlannedEvent("instance-stop", due, "hardware"),))})
    await minutes(world, 5)
    row = world.record.rows["w-1"]
    assert (row.maintenance_at, row.maintenance_reason) == (due, "instance-stop: hardware")
    assert len(world.record.findings) == 1
    world.cloud.note_statuses({EC2: InstanceStatus()})
    await minutes(world, 1)
    assert world.record.rows["w-1"].maintenance_at is None


async def test_what_aws_has_not_said_changes_nothing(world: Any) -> None:
    await bring_up(world)
    due = world.clock.now() + timedelta(days=2)
    world.record.change("w-1", maintenance_at=due, maintenance_reason="instance-stop")
    await minutes(world, 5)
    assert world.record.rows["w-1"].maintenance_at == due


async def test_figures_of_cloudwatch_that_are_old_are_not_told_as_new(world: Any) -> None:
    await bring_up(world)
    world.cloud.note_figures({EC2: CloudFigures(cpu_percent=5.0)})
    await looks(world, 1)
    assert world.record.metrics[-1].metrics.ec2_cpu_percent == 5.0
    await minutes(world, 20)
    assert world.record.metrics[-1].metrics.ec2_cpu_percent is None


@pytest.mark.parametrize(("pause", "reports"), [("close", 8), ("steady", 4), ("idle", 2)])
async def test_figures_come_the_more_often_the_more_is_going_on(new_world: Any, pause: str, reports: int) -> None:
    world = new_world(metrics=(15, 30, 60))
    await bring_up(world)
    if pause == "close":
        world.record.change("w-1", status=W.DRAINING, desired_status="STOPPED")
        hold(world, nodes=5)
    elif pause == "steady":
        hold(world, nodes=5)
    world.record.metrics.clear()
    await minutes(world, 2)
    assert len(world.record.metrics) == pytest.approx(reports, abs=1)
