"""Whatever happens to instances, hosts, calls and the controller itself: in the end the fleet is as it is wanted.

Random histories on virtual time, the real phases, loops and queues, far ends in memory. When a history is over the
world is well again; a bounded time and number of passes later every worker is where it is wanted, or at an end that is
final, and no instance runs that no worker stands for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import WorkerDesiredStatus as D
from lcm_core.domain.enums import WorkerServiceStatus
from lcm_core.testing.examples import examples
from lcm_core.testing.virtual_time import run_in_virtual_time
from worker_controller.domain.ec2 import Ec2State
from worker_controller.domain.host_change import ChangeKind
from worker_controller.testing.memory_fleet import MemoryFleet
from worker_controller.testing.memory_hosts import MemoryHost
from worker_controller.testing.wire import Trouble

WORKERS = ("w-0", "w-1")
SETTLING_MINUTES = 90
MOST_PASSES_A_MINUTE = 15
Planned = tuple[str, int, Trouble]


@dataclass(frozen=True, slots=True)
class Happening:
    """*seconds* after the one before; *worker* is whom it happens to, if it is about one."""

    seconds: float
    what: str
    worker: str = ""


def instances(what: Callable[[MemoryFleet, str], None]) -> Callable[[MemoryFleet, str], None]:
    """For every instance that the worker has."""

    def happen(fleet: MemoryFleet, worker: str) -> None:
        for instance in fleet.cloud.alive():
            if instance.worker_id == worker:
                what(fleet, instance.id)

    return happen


def host(what: Callable[[MemoryHost], None]) -> Callable[[MemoryFleet, str], None]:
    def happen(fleet: MemoryFleet, worker: str) -> None:
        address = fleet.record.rows[worker].private_ip
        if address:
            what(fleet.hosts.at(address))

    return happen


def _set_down(down: bool) -> Callable[[MemoryHost], None]:
    def change(it: MemoryHost) -> None:
        it.down = down

    return change


HAPPENINGS: dict[str, Callable[[MemoryFleet, str], None]] = {
    "stopped in the console": instances(lambda f, i: f.cloud.become(i, Ec2State.STOPPED, reason="console")),
    "started in the console": instances(lambda f, i: f.cloud.become(i, Ec2State.RUNNING, reason="console")),
    "terminated in the console": instances(lambda f, i: f.cloud.become(i, Ec2State.TERMINATED, reason="console")),
    "reclaimed as spot": instances(lambda f, i: f.cloud.become(i, Ec2State.TERMINATED, reason="spot")),
    "CML goes down": host(_set_down(True)),
    "CML comes up": host(_set_down(False)),
    "licence lost": host(lambda it: it.lose_licence()),
    "host tells": host(lambda it: it.tell(ChangeKind.LAB)),
    "wanted running": lambda f, w: f.record.want(w, D.RUNNING),
    "wanted stopped": lambda f, w: f.record.want(w, D.STOPPED),
    "wanted terminated": lambda f, w: f.record.want(w, D.TERMINATED),
    "EC2 has no capacity": lambda f, w: setattr(f.cloud, "no_capacity", True),
    "EC2 has capacity": lambda f, w: setattr(f.cloud, "no_capacity", False),
    "no image fits": lambda f, w: setattr(f.cloud, "no_image", True),
    "an image fits": lambda f, w: setattr(f.cloud, "no_image", False),
    "controller killed": lambda f, w: f.kill(),
}
_OFTEN = frozenset({"stopped in the console", "started in the console", "wanted running", "wanted stopped"})
_LIKELY = [*sorted(HAPPENINGS), *sorted(_OFTEN) * 5]
"""What ends a worker's life for good comes seldom: what happens to it afterwards shows nothing."""
histories = st.lists(
    st.builds(
        Happening,
        seconds=st.sampled_from([0.0, 2.0, 9.0, 31.0, 90.0, 130.0, 400.0]),
        what=st.sampled_from(_LIKELY),
        worker=st.sampled_from(WORKERS),
    ),
    min_size=4,
    max_size=30,
)
calls = st.sampled_from(["", "ec2.", "ec2.launch", "ec2.describe", "ec2.managed", "cml.", "cml.register", "api."])
troubles = st.lists(st.tuples(calls, st.integers(0, 20), st.sampled_from(sorted(Trouble))), max_size=25)
"""For the n-th call, of those whose name begins so, after the trouble before."""
first_wishes = st.tuples(*[st.sampled_from([D.RUNNING, D.RUNNING, D.STOPPED]) for _ in WORKERS])


class Plan:
    def __init__(self, troubles: list[Planned]) -> None:
        self._left = deque(troubles)
        self._passed = 0

    def next(self, name: str) -> Trouble | None:
        if not self._left or not name.startswith(self._left[0][0]):
            return None
        self._passed += 1
        if self._passed <= self._left[0][1]:
            return None
        self._passed = 0
        _, _, trouble = self._left.popleft()
        note(f"{name}: {trouble}")
        return trouble


async def play(wishes: tuple[D, ...], history: list[Happening], plan: list[Planned], *, streams: bool) -> MemoryFleet:
    fleet = MemoryFleet()
    fleet.hosts.streams = streams
    for worker, wish in zip(WORKERS, wishes, strict=True):
        fleet.record.add(worker, wish)
    fleet.wire.trouble = Plan(plan).next
    async with fleet.running():
        for happening in history:
            await asyncio.sleep(happening.seconds)
            HAPPENINGS[happening.what](fleet, happening.worker)
        await asyncio.sleep(30)
        well_again(fleet)
        fleet.passes.clear()
        await asyncio.sleep(SETTLING_MINUTES * 60)
    return fleet


def well_again(fleet: MemoryFleet) -> None:
    fleet.wire.trouble = lambda name: None
    fleet.cloud.no_capacity = fleet.cloud.no_image = False
    for each in fleet.hosts.hosts.values():
        each.down = False


def assert_converged(fleet: MemoryFleet) -> None:
    for worker in WORKERS:
        row = fleet.record.rows[worker]
        own = [each for each in fleet.cloud.alive() if each.worker_id == worker]
        story = f"{worker} is {row.status}, wanted {row.desired_status}, with {[(i.id, i.state) for i in own]}"
        if row.status is W.TERMINATED:
            assert own == [], story
            continue
        match row.desired_status:
            case D.TERMINATED:
                raise AssertionError(story)
            case D.RUNNING:
                assert row.status is W.RUNNING, story
                assert [(i.id, i.state) for i in own] == [(row.ec2_instance_id, Ec2State.RUNNING)], story
                assert row.service_status is WorkerServiceStatus.AVAILABLE, story
                assert row.license.holds is (fleet.hosts.at(row.private_ip or "").licensed), story
            case D.STOPPED if row.ec2_instance_id is None:
                assert (row.status, own) == (W.PENDING, []), story
            case D.STOPPED:
                assert row.status is W.STOPPED, story
                assert [(i.id, i.state) for i in own] == [(row.ec2_instance_id, Ec2State.STOPPED)], story
        assert fleet.passes[worker] <= MOST_PASSES_A_MINUTE * SETTLING_MINUTES, story


def test_an_instance_of_a_worker_that_is_only_planned_again_does_not_run_for_ever() -> None:
    """Launched, not reported since the controller was killed, and nobody wants it any more when the next one starts."""

    async def scene() -> MemoryFleet:
        fleet = MemoryFleet()
        for worker in WORKERS:
            fleet.record.add(worker, D.STOPPED)
        fleet.wire.trouble = lambda name: Trouble.KILL_AFTER if name == "ec2.launch" else None
        async with fleet.running():
            await asyncio.sleep(1)
            fleet.record.want("w-0", D.RUNNING)
            await asyncio.sleep(1)
            fleet.record.want("w-0", D.STOPPED)
            assert len(fleet.cloud.alive()) == 1
            await asyncio.sleep(1800)
        return fleet

    assert_converged(run_in_virtual_time(scene()))


@pytest.mark.timeout(900)  # what fails is to be made small before it is shown
@settings(
    max_examples=examples(60), deadline=None, report_multiple_bugs=False, suppress_health_check=[HealthCheck.too_slow]
)
@given(wishes=first_wishes, history=histories, plan=troubles, streams=st.booleans())
def test_every_history_ends_as_it_is_wanted(
    wishes: tuple[D, ...], history: list[Happening], plan: list[Planned], streams: bool
) -> None:
    assert_converged(run_in_virtual_time(play(wishes, history, plan, streams=streams)))
