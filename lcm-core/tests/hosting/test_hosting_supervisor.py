"""Hosted services are kept running, and stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from lcm_core.hosting.hosted_service import HostedServiceState, RestartPolicy, Supervisor
from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time


class Service:
    def __init__(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._run = run

    async def run(self) -> None:
        await self._run()


async def _for_ever() -> None:
    await asyncio.Event().wait()


def _supervisor(*services: Service, grace_seconds: float = 5.0) -> Supervisor:
    return Supervisor(services, grace_seconds=grace_seconds, policy=RestartPolicy(), clock=LoopClock())


async def _supervised_for(supervisor: Supervisor, seconds: float, then: Callable[[], None] = lambda: None) -> None:
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(supervisor.run(stopping))
        await asyncio.sleep(seconds)
        then()
        stopping.set()


def test_a_running_service_has_no_problem() -> None:
    supervisor = _supervisor(Service("steady", _for_ever))
    seen: list[str | None] = []
    run_in_virtual_time(_supervised_for(supervisor, 1, lambda: seen.append(supervisor.services[0].problem)))
    assert seen == [None]


def test_a_service_that_fails_is_started_again() -> None:
    starts: list[float] = []

    async def fails_twice() -> None:
        starts.append(asyncio.get_running_loop().time())
        if len(starts) < 3:
            raise OSError("no route to host")
        await _for_ever()

    run_in_virtual_time(_supervised_for(_supervisor(Service("weak", fails_twice)), 60))
    assert len(starts) == 3


def test_a_service_that_fails_says_why_until_it_has_run_for_a_while() -> None:
    failed = False

    async def fails_once() -> None:
        nonlocal failed
        if not failed:
            failed = True
            raise OSError("no route to host")
        await _for_ever()

    supervisor = _supervisor(Service("weak", fails_once))
    problems: list[str | None] = []

    async def look() -> None:
        for moment in (0.1, 2.0, 7.0):
            await asyncio.sleep(moment - asyncio.get_running_loop().time())
            problems.append(supervisor.services[0].problem)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(_supervised_for(supervisor, 10))
            group.create_task(look())

    run_in_virtual_time(main())
    assert problems[0] == "failed, restarted 0 times; last failure: OSError: no route to host"
    assert problems[1] == "running, restarted 1 times; last failure: OSError: no route to host"
    assert problems[2] is None


def test_a_service_that_ends_by_itself_has_failed() -> None:
    async def ends() -> None:
        return None

    supervisor = _supervisor(Service("short", ends))
    seen: list[str] = []
    run_in_virtual_time(_supervised_for(supervisor, 0.1, lambda: seen.append(str(supervisor.services[0].last_error))))
    assert seen == ["it ended although nobody stopped it"]


def test_the_pause_between_restarts_is_bounded() -> None:
    starts: list[float] = []

    async def always_fails() -> None:
        starts.append(asyncio.get_running_loop().time())
        raise OSError("down")

    run_in_virtual_time(_supervised_for(_supervisor(Service("broken", always_fails)), 600))
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    assert max(pauses) <= 30
    assert pauses[0] <= 0.5
    assert len(starts) < 60


def test_services_stop_in_the_opposite_order() -> None:
    stopped: list[str] = []

    def noting(name: str) -> Service:
        async def run() -> None:
            try:
                await _for_ever()
            finally:
                await asyncio.sleep(0.5)
                stopped.append(name)

        return Service(name, run)

    run_in_virtual_time(_supervised_for(_supervisor(noting("first"), noting("second"), noting("third")), 1))
    assert stopped == ["third", "second", "first"]


def test_all_services_are_stopped_in_the_end() -> None:
    supervisor = _supervisor(Service("a", _for_ever), Service("b", _for_ever))
    run_in_virtual_time(_supervised_for(supervisor, 1))
    assert {service.state for service in supervisor.services} == {HostedServiceState.STOPPED}


def test_one_that_does_not_stop_does_not_keep_the_others_from_stopping() -> None:
    stopped: list[str] = []

    async def stubborn() -> None:
        try:
            await _for_ever()
        finally:
            await asyncio.sleep(60)

    async def quick() -> None:
        try:
            await _for_ever()
        finally:
            stopped.append("quick")

    supervisor = _supervisor(Service("quick", quick), Service("stubborn", stubborn), grace_seconds=2)
    run_in_virtual_time(_supervised_for(supervisor, 1))
    assert stopped == ["quick"]


@pytest.mark.parametrize("failures", [1, 2, 5, 50, 5000])
def test_the_back_off_stays_within_its_bounds(failures: int) -> None:
    policy = RestartPolicy(first=0.5, most=30)
    assert 0.25 <= policy.delay(failures) <= 30
