"""A hundred workers on one controller: what they cost AWS and their hosts is bounded, whatever they do.

The real phases, loops and queues on virtual time; requests are counted as the real adapters would send them.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot
from lcm_core.testing.examples import EVERY
from lcm_core.testing.virtual_time import run_in_virtual_time
from worker_controller.domain.ec2 import Ec2State
from worker_controller.domain.host_change import ChangeKind
from worker_controller.testing.memory_fleet import MemoryFleet

HUNDRED = [f"w-{number:03}" for number in range(100)]
AWS = ("ec2", "cloudwatch")
LAUNCH_REQUESTS = 5
LOOK_UPS_A_MINUTE = 60 + 6
SERVING_A_MINUTE = 12
"""6 for where instances are (each ten seconds), 2 for CloudWatch, 1 for status checks, 1 for discovery, and spare."""


def statuses(fleet: MemoryFleet) -> set[W]:
    return {row.status for row in fleet.record.rows.values()}


async def brought_up(fleet: MemoryFleet) -> None:
    for worker_id in HUNDRED:
        fleet.record.add(worker_id)
    for _ in range(60):
        await asyncio.sleep(10)
        if statuses(fleet) == {W.RUNNING}:
            return
    raise AssertionError(f"not up after ten minutes: {statuses(fleet)}")


def with_sessions(fleet: MemoryFleet, hours: float) -> None:
    now = fleet.clock.now()
    slot = Timeslot(start=now, end=now + timedelta(hours=hours))
    for worker_id in HUNDRED:
        held: Any = CapacityAllocation(
            session_id=f"s-{worker_id}", vector=ResourceVector(nodes=10), interval=slot, allocated_at=now
        )
        fleet.record.change(worker_id, allocations=(held,))


def test_a_hundred_workers_that_serve_cost_aws_a_dozen_requests_a_minute() -> None:
    async def scene() -> None:
        fleet = MemoryFleet()
        async with fleet.running():
            await brought_up(fleet)
            served_since = fleet.clock.monotonic() + 60
            with_sessions(fleet, hours=0.1)
            await asyncio.sleep(12 * 60)
            assert 0 < fleet.wire.busiest_minute(*AWS, since=served_since) <= SERVING_A_MINUTE

    run_in_virtual_time(scene())


def test_a_hundred_that_start_and_stop_at_one_time_share_their_look_ups() -> None:
    async def scene() -> None:
        fleet = MemoryFleet()
        async with fleet.running():
            await brought_up(fleet)
            launches = len(HUNDRED) * LAUNCH_REQUESTS
            assert fleet.wire.busiest_minute(*AWS) <= launches + LOOK_UPS_A_MINUTE + SERVING_A_MINUTE
            assert fleet.wire.busiest_minute(*AWS, since=60) <= LOOK_UPS_A_MINUTE + SERVING_A_MINUTE
            for desired, reached in (
                (WorkerDesiredStatus.STOPPED, W.STOPPED),
                (WorkerDesiredStatus.RUNNING, W.RUNNING),
            ):
                since = fleet.clock.monotonic()
                for worker_id in HUNDRED:
                    fleet.record.want(worker_id, desired)
                await asyncio.sleep(900)
                assert statuses(fleet) == {reached}
                asked = fleet.wire.busiest_minute(*AWS, since=since)
                assert asked <= 2 * len(HUNDRED) + LOOK_UPS_A_MINUTE + SERVING_A_MINUTE

    run_in_virtual_time(scene())


@pytest.mark.skipif(not EVERY, reason="a minute of processor time: `make test-properties` runs it")
def test_a_hundred_hosts_that_are_silent_do_not_make_aws_busier() -> None:
    async def scene() -> None:
        fleet = MemoryFleet()
        async with fleet.running():
            await brought_up(fleet)
            silent_since = fleet.clock.monotonic() + 60
            for host in fleet.hosts.hosts.values():
                host.down = True
            await asyncio.sleep(1800)
            assert fleet.wire.busiest_minute(*AWS, since=silent_since) <= SERVING_A_MINUTE

    run_in_virtual_time(scene())


def test_a_storm_of_changes_on_a_host_is_a_bounded_number_of_looks() -> None:
    async def scene() -> None:
        fleet = MemoryFleet()
        async with fleet.running():
            await brought_up(fleet)
            address = fleet.record.rows[HUNDRED[0]].private_ip or ""
            fleet.wire.counts.clear()
            for _ in range(600):
                for _ in range(10):
                    fleet.hosts.at(address).tell(ChangeKind.NODE_STATE)
                await asyncio.sleep(0.1)
            others = len(HUNDRED) - 1
            assert 20 <= fleet.wire.counts["cml.stats"] <= 31 + others
            assert fleet.wire.busiest_minute(*AWS, since=fleet.clock.monotonic() - 60) <= SERVING_A_MINUTE

    run_in_virtual_time(scene())


def test_a_worker_that_goes_behind_our_back_is_noticed_among_a_hundred() -> None:
    async def scene() -> None:
        fleet = MemoryFleet()
        async with fleet.running():
            await brought_up(fleet)
            lost = fleet.record.rows[HUNDRED[42]]
            fleet.cloud.become(lost.ec2_instance_id or "", Ec2State.TERMINATED, reason="console")
            await asyncio.sleep(60)
            assert fleet.record.rows[HUNDRED[42]].status is W.TERMINATED
            assert sum(row.status is W.RUNNING for row in fleet.record.rows.values()) == 99

    run_in_virtual_time(scene())


def test_a_hundred_passes_are_spread_and_none_is_starved() -> None:
    async def scene() -> None:
        fleet = MemoryFleet()
        async with fleet.running():
            await brought_up(fleet)
            fleet.passes.clear()
            await asyncio.sleep(1800)
            counted = [fleet.passes[worker_id] for worker_id in HUNDRED]
            assert min(counted) >= 60
            assert max(counted) <= 180

    run_in_virtual_time(scene())
