"""When the host under a worker counts as lost, for how long it is waited for, and what EC2 announces of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import HostLossCause, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.values import CapacityAllocation, HostLoss, ResourceVector, Timeslot
from lcm_core.reconcile import RequeueAfter
from worker_controller.domain.cloud import InstanceStatus, PlannedEvent
from worker_controller.domain.ec2 import Ec2State

HEARTBEAT = 60


async def bring_up(world: Any, worker_id: str = "w-1") -> None:
    world.add_worker(worker_id)
    await world.run(steps=8, worker_id=worker_id)
    assert world.status(worker_id) is W.RUNNING


def row(world: Any, worker_id: str = "w-1") -> Any:
    return world.record.rows[worker_id]


async def follow(world: Any, seconds: float, worker_id: str = "w-1") -> None:
    """As the loop would: handled when it asked to be, never more often."""
    end = world.clock.monotonic() + seconds
    while world.clock.monotonic() < end:
        result = await world.reconciler.reconcile(worker_id)
        wait = result.seconds if isinstance(result, RequeueAfter) else 1.0
        world.clock.advance(min(max(wait, 0.1), end - world.clock.monotonic()))


async def test_a_host_is_lost_at_the_heartbeat_deadline_and_not_before(world: Any) -> None:
    await bring_up(world)
    await follow(world, 20)
    world.cml.answers = False
    silent_from = world.clock.now()

    await follow(world, HEARTBEAT - 16)
    assert row(world).host_loss is None
    await follow(world, 17)

    loss = row(world).host_loss
    assert loss.cause is HostLossCause.CML_SILENT
    assert loss.at - silent_from <= timedelta(seconds=HEARTBEAT)
    assert loss.silent_since <= silent_from


async def test_a_controller_that_starts_meanwhile_does_not_begin_to_count_anew(world: Any) -> None:
    await bring_up(world)
    world.cml.answers = False
    await follow(world, 40)
    world.reconciler = world.new_reconciler()
    await follow(world, HEARTBEAT - 20)

    assert row(world).host_loss is not None


async def test_who_was_not_looking_for_hours_does_not_take_one_silent_moment_for_hours_of_silence(world: Any) -> None:
    """It led, another one led, it leads again: what it remembers is old."""
    await bring_up(world)
    await follow(world, 30)
    world.clock.advance(4 * 3600)
    world.cml.answers = False
    await follow(world, 20)
    assert row(world).host_loss is None
    world.cml.answers = True
    await follow(world, 10)
    world.cml.answers = False
    await follow(world, 40)

    world.clock.advance(4 * 3600)
    world.record.change("w-1", service_status=WorkerServiceStatus.AVAILABLE, silent_since=None)
    await follow(world, 20)
    assert row(world).host_loss is None
    await follow(world, HEARTBEAT)

    assert row(world).host_loss is not None


async def test_a_host_that_answers_in_time_was_never_lost(world: Any) -> None:
    await bring_up(world)
    world.cml.answers = False
    await follow(world, HEARTBEAT - 20)
    world.cml.answers = True
    await follow(world, 300)

    assert row(world).host_loss is None
    assert row(world).placeable


async def test_a_host_that_hangs_is_not_listened_to_beyond_the_deadline(world: Any) -> None:
    await bring_up(world)
    world.cml.answers = False
    await follow(world, HEARTBEAT - 12)
    world.clock.advance(30)
    world.cml.hangs = True

    await world.reconciler.reconcile("w-1")

    assert row(world).host_loss.cause is HostLossCause.CML_SILENT


async def test_when_ec2_says_that_the_instance_is_impaired_nobody_waits_for_the_deadline(world: Any) -> None:
    await bring_up(world)
    world.cml.answers = False
    world.ec2.instance_status = InstanceStatus(impaired="system")

    await follow(world, 20)

    assert row(world).host_loss.cause is HostLossCause.EC2_IMPAIRED
    assert "EC2 status checks fail: system" in row(world).host_loss.reason


async def test_a_host_that_answers_is_not_lost_whatever_ec2_says(world: Any) -> None:
    await bring_up(world)
    world.ec2.instance_status = InstanceStatus(impaired="instance")

    await follow(world, 600)

    assert row(world).host_loss is None


async def test_a_lost_host_that_answers_again_is_back(world: Any) -> None:
    await bring_up(world)
    world.cml.answers = False
    await follow(world, 100)
    assert row(world).host_loss is not None
    world.cml.answers = True
    await follow(world, 10)

    assert row(world).host_loss is None
    assert row(world).placeable


async def test_a_lost_host_is_removed_in_the_end_but_not_while_a_session_waits_for_it(world: Any) -> None:
    await bring_up(world)
    world.cml.answers = False
    await follow(world, 100)
    until = world.clock.now() + timedelta(hours=2)
    world.record.change("w-1", host_loss=row(world).host_loss.model_copy(update={"awaited_until": until}))
    await follow(world, 7100)
    assert world.status() is W.RUNNING

    await follow(world, 600)

    assert world.status() is W.FAILED
    assert world.ec2.alive == []


async def test_a_host_that_starts_again_for_a_session_that_waits_is_tried_as_long_as_it_waits(world: Any) -> None:
    world.add_worker(startup_seconds=100)
    await world.run(steps=8)
    now = world.clock.now()
    loss = HostLoss(
        cause=HostLossCause.INSTANCE_STOPPED,
        reason="stopped by hand",
        silent_since=now,
        at=now,
        awaited_until=now + timedelta(minutes=15),
    )
    world.cml.answers = False
    world.record.change("w-1", status=W.STARTING, status_changed_at=now, host_loss=loss)

    await follow(world, 14 * 60)
    assert world.status() is W.STARTING
    world.cml.answers = True
    await follow(world, 30)

    assert world.status() is W.RUNNING


async def test_a_spot_reclaim_is_seen_within_a_look_and_an_answer_does_not_take_it_back(world: Any) -> None:
    await bring_up(world)
    world.ec2.rows["i-1"] = replace(world.ec2.rows["i-1"], spot=True)
    world.ec2.reclaim = "spot reclaim, marked-for-termination"

    await follow(world, 16)
    assert row(world).host_loss.cause is HostLossCause.SPOT_RECLAIM
    await follow(world, 60)

    assert row(world).host_loss is not None
    world.ec2.rows["i-1"] = replace(world.ec2.rows["i-1"], state=Ec2State.SHUTTING_DOWN)
    await follow(world, 20)
    assert world.status() is W.TERMINATED


async def test_a_host_is_drained_ahead_of_what_ec2_has_scheduled_for_it(world: Any) -> None:
    await bring_up(world)
    at = world.clock.now() + timedelta(hours=9)
    event = PlannedEvent("instance-stop", at, "The instance is running on degraded hardware")
    world.ec2.instance_status = InstanceStatus(events=(event,))

    await follow(world, 4 * 3600)
    assert world.record.leaving == []
    await follow(world, 3600 + 120)

    assert row(world).desired_status is WorkerDesiredStatus.STOPPED
    assert "degraded hardware" in world.record.leaving[0]


async def test_an_operator_who_takes_the_drain_back_is_not_overruled(world: Any) -> None:
    await bring_up(world)
    event = PlannedEvent("system-reboot", world.clock.now() + timedelta(hours=1), "scheduled reboot")
    world.ec2.instance_status = InstanceStatus(events=(event,))
    slot = Timeslot(start=world.clock.now(), end=world.clock.now() + timedelta(hours=1))
    held = CapacityAllocation(session_id="s", vector=ResourceVector(), interval=slot, allocated_at=slot.start)
    world.record.change("w-1", allocations=(held,))
    await follow(world, 120)
    assert (world.status(), len(world.record.leaving)) == (W.DRAINING, 1)
    world.record.change("w-1", status=W.RUNNING, desired_status=WorkerDesiredStatus.RUNNING)

    await follow(world, 600)

    assert (world.status(), len(world.record.leaving)) == (W.RUNNING, 1)


async def test_only_of_spot_instances_it_is_asked_whether_they_are_taken_back(world: Any) -> None:
    await bring_up(world)
    await follow(world, 60)
    assert world.ec2.reclaim_calls == 0
    world.ec2.rows["i-1"] = replace(world.ec2.rows["i-1"], spot=True)

    await follow(world, 60)

    assert world.ec2.reclaim_calls >= 3


async def test_when_most_hosts_fall_silent_at_once_the_network_is_suspected_first(world: Any) -> None:
    names = [f"w-{number}" for number in range(5)]
    for name in names:
        await bring_up(world, name)
    world.cml.answers = False
    for _ in range(30):
        for name in names:
            await world.reconciler.reconcile(name)
        world.clock.advance(4)

    assert [name for name in names if row(world, name).host_loss is not None] == []
    for _ in range(130):
        for name in names:
            await world.reconciler.reconcile(name)
        world.clock.advance(4)
    assert all(row(world, name).host_loss is not None for name in names)


async def test_a_refresh_looks_at_everything_at_once(world: Any) -> None:
    await bring_up(world)
    await follow(world, 3)
    world.record.metrics.clear()
    world.record.change("w-1", refresh_requested_at=world.clock.now())

    await world.reconciler.reconcile("w-1")
    await world.reconciler.reconcile("w-1")

    assert len(world.record.metrics) == 1


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_guest_that_does_not_shut_down_is_stopped_by_force_in_the_end(world: Any, hangs: bool) -> None:
    await bring_up(world)
    world.ec2.guest_hangs = hangs
    world.want(WorkerDesiredStatus.STOPPED)
    await follow(world, 300)
    assert world.status() is (W.STOPPING if hangs else W.STOPPED)

    await follow(world, 400)

    assert world.status() is W.STOPPED
