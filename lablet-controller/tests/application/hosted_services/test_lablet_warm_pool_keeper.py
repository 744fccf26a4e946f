"""What the keeper of the warm pools does, with hosts in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from lablet_controller.application.hosted_services.warm_pool_keeper import POOLS_KEY, prepared_lab_changes
from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlRefused
from lablet_controller.domain.lab_title import lab_title
from lcm_core.coordination import KeyValue, WatchEvent, WatchEventKind
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.warm_pool import PreparedLabStatus, WarmPoolPolicy, WarmPoolStatus
from lcm_core.reconcile import Done
from lcm_core.testing.manual_clock import ManualClock

from ...fake_control_plane import FakeControlPlane
from ...kept_pools import KeptPools, MemoryLabs
from .conftest import PACKAGE

L = PreparedLabStatus
HOST = CmlHost("worker-1", "127.0.0.1")


@pytest.fixture
def pools() -> KeptPools:
    clock = ManualClock(datetime.now(UTC))
    plane = FakeControlPlane(clock, PACKAGE)
    plane.add_worker("worker-1", "127.0.0.1")
    return KeptPools(plane, clock, MemoryLabs())


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_keeper_that_dies_at_every_call_prepares_each_lab_once(pools: KeptPools, when: str) -> None:
    pools.labs.dies = when

    await pools.fill(depth=2)

    assert pools.labs.died_at >= {"list", "import"}
    assert pools.statuses() == [L.READY, L.READY]
    assert sorted(pools.labs.titles) == sorted(lab.cml_lab_id or "" for lab in pools.plane.pools.labs())


async def test_labs_of_another_version_and_old_ones_are_replaced(pools: KeptPools) -> None:
    await pools.fill(max_age_hours=24)
    first = set(pools.labs.titles)
    pools.plane.package = pools.plane.package.model_copy(update={"hash": "b" * 64})
    pools.plane.pools.version = "1.1.0"
    await pools.settle()
    second = set(pools.labs.titles)
    pools.plane.pools.age(hours=25)
    await pools.settle()
    third = set(pools.labs.titles)

    assert [len(each) for each in (first, second, third)] == [1, 1, 1]
    assert len(first | second | third) == 3
    assert [lab.definition_version for lab in pools.plane.pools.labs()] == ["1.1.0"]


async def test_a_drained_pool_leaves_nothing_on_the_host(pools: KeptPools) -> None:
    await pools.fill(depth=2)
    pools.plane.pools.status = WarmPoolStatus.DRAINED

    await pools.settle()

    assert (pools.statuses(), list(pools.labs.titles)) == ([], [])


async def test_a_paused_pool_keeps_what_it_has_and_prepares_nothing(pools: KeptPools) -> None:
    await pools.fill(depth=1)
    pools.plane.pools.policy = WarmPoolPolicy(depth=3)
    pools.plane.pools.status = WarmPoolStatus.PAUSED

    assert await pools.one_pass() == Done()
    assert pools.statuses() == [L.READY]


async def test_what_a_draining_worker_lost_is_removed_while_it_answers(pools: KeptPools) -> None:
    await pools.fill()
    lab = pools.plane.pools.labs()[0].model_copy(update={"status": L.REMOVING})
    pools.plane.change_worker(
        "worker-1",
        prepared_labs=(lab,),
        status=CMLWorkerStatus.DRAINING,
        desired_status=WorkerDesiredStatus.STOPPED,
    )

    await pools.settle()

    assert (pools.statuses(), list(pools.labs.titles)) == ([], [])


async def test_a_refused_import_is_kept_as_evidence_and_the_budget_ends_it(pools: KeptPools) -> None:
    pools.labs.fails += [CmlRefused(HOST, "disk is full", status=400)] * 2
    pools.plane.pools.policy = WarmPoolPolicy(depth=1, failure_budget=2)

    await pools.settle()

    assert pools.plane.pools.status is WarmPoolStatus.SUSPENDED
    assert len(pools.plane.pools.failures) == 2
    assert (pools.statuses(), list(pools.labs.titles)) == ([], [])


async def test_a_passing_failure_costs_nothing_of_the_budget(pools: KeptPools) -> None:
    pools.labs.fails.append(CmlError(HOST, "busy", retryable=True, status=503))
    pools.plane.pools.policy = WarmPoolPolicy(depth=1, failure_budget=1)

    await pools.settle()

    assert (pools.statuses(), pools.plane.pools.failures) == ([L.READY], [])


async def test_labs_are_prepared_on_the_hosts_where_bookings_are_expected(pools: KeptPools) -> None:
    pools.plane.add_worker("worker-2", "127.0.0.1")
    pools.plane.pools.expected = {"worker-1": 1, "worker-2": 1}

    await pools.fill(depth=0)

    assert (pools.statuses(), pools.statuses("worker-2")) == ([L.READY], [L.READY])


async def test_labs_of_others_on_the_host_are_left_alone_whatever_becomes_of_the_pool(pools: KeptPools) -> None:
    foreign = {"of-a-person": "Sandbox", "of-a-session": lab_title("first-hop-redundancy", "session-1"), "untitled": ""}
    pools.labs.titles |= foreign

    await pools.fill(depth=2)
    filled = dict(pools.labs.titles)
    pools.plane.pools.age(hours=25)
    pools.plane.pools.policy = WarmPoolPolicy(depth=2, max_age_hours=24)
    await pools.settle()
    pools.plane.pools.status = WarmPoolStatus.DRAINED
    await pools.settle()

    assert len(filled) == 5
    assert pools.labs.titles == foreign


@pytest.mark.parametrize("key", ["worker-1", "warm-pools/worker-1", ""])
async def test_a_key_that_is_not_its_own_is_nothing_to_the_keeper(pools: KeptPools, key: str) -> None:
    pools.plane.pools.policy = WarmPoolPolicy(depth=1)

    assert await pools.one_pass(key) == Done()
    assert (pools.statuses(), pools.plane.writes) == ([], [])


@pytest.mark.parametrize("key", ["w-1/capacity", "w-1/desired", "w-1", "w-1/actual/more"])
def test_other_keys_of_a_worker_wake_nobody(key: str) -> None:
    put = KeyValue(f"/lcm/workers/{key}", b"{}", 1, 1, 1, 0)

    assert prepared_lab_changes("/lcm").key_of(WatchEvent(WatchEventKind.PUT, put)) is None


def test_a_worker_that_is_gone_wakes_the_keeper_once() -> None:
    key_of = prepared_lab_changes("/lcm").key_of
    there = KeyValue("/lcm/workers/w-1/actual", json.dumps({"status": "RUNNING"}).encode(), 1, 1, 1, 0)
    key_of(WatchEvent(WatchEventKind.PUT, there))

    gone = [key_of(WatchEvent(WatchEventKind.DELETE, there)) for _ in range(2)]

    assert gone == [POOLS_KEY, None]


def test_labs_to_remove_wake_the_keeper_and_whoever_takes_one_does_not() -> None:
    key_of = prepared_lab_changes("/lcm").key_of

    def told(**prepared: int) -> str | None:
        value = {"status": "RUNNING", "service_status": "available", "prepared": prepared}
        put = KeyValue("/lcm/workers/w-1/actual", json.dumps(value).encode(), 1, 1, 1, 0)
        return key_of(WatchEvent(WatchEventKind.PUT, put))

    woken = [told(READY=1), told(CLAIMED=1), told(), told(REMOVING=1), told(REMOVING=1), told()]
    assert [each is not None for each in woken] == [True, False, False, True, False, True]
