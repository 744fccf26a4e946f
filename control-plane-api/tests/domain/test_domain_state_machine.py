"""Whatever anybody asks for, in whatever order: no illegal state, no room promised twice, nothing kept at the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from control_plane_api.testing.unruly_hosts import UnrulyHosts
from control_plane_api.testing.unruly_record import (
    BOOKED,
    BOOKINGS,
    LICENCE,
    NO_LICENCE,
    SESSIONS,
    WORKERS,
)
from lcm_core.contracts.reservations import BatchMode
from lcm_core.domain.enums import (
    HostLossCause,
    LabFinding,
    LabletSessionStatus,
    SessionOutcome,
    WorkerDesiredStatus,
    WorkerServiceStatus,
)
from lcm_core.testing.examples import examples

_S = LabletSessionStatus
EVERYBODY = (*SESSIONS, *BOOKED)
sessions, workers, bookings = st.sampled_from(EVERYBODY), st.sampled_from(WORKERS), st.sampled_from(BOOKINGS)
soon = st.sampled_from([0, 10, 30, 65, 120, 600])
FACTS = ("starting", "stopping", "stopped", "terminating", "terminated")


class FleetMachine(RuleBasedStateMachine):
    """What the services do next, and now and then what nobody expects."""

    def __init__(self) -> None:
        super().__init__()
        self.fleet = UnrulyHosts()
        self.before = self.fleet.statuses()

    @rule(session=sessions, worker=workers, steps=st.integers(1, 5))
    def go_on(self, session: str, worker: str, steps: int) -> None:
        for _ in range(steps):
            self.fleet.next_step(session, worker)

    @rule(worker=workers)
    def worker_up(self, worker: str) -> None:
        self.fleet.worker_up(worker)

    @rule(minutes=st.sampled_from([1, 30, 120]))
    def time_passes(self, minutes: int) -> None:
        self.fleet.time_passes(minutes)

    @rule(number=bookings, in_minutes=st.none() | soon, minutes=st.sampled_from([5, 30, 60, 120]))
    def book(self, number: int, in_minutes: int | None, minutes: int) -> None:
        self.fleet.book(number, in_minutes, minutes)

    @rule(number=bookings, session=sessions, worker=workers, in_minutes=soon, data=st.data())
    def change_of_mind(self, number: int, session: str, worker: str, in_minutes: int, data: st.DataObject) -> None:
        fleet = self.fleet
        choices: list[Callable[[], None]] = [
            lambda: fleet.reschedule(number, in_minutes),
            lambda: fleet.extend(number, data.draw(st.sampled_from([5, 30, 90]))),
            lambda: fleet.cancel(number),
            lambda: fleet.book_class(data.draw(st.integers(1, 4)), in_minutes, data.draw(st.sampled_from(BatchMode))),
            lambda: fleet.promise(session, data.draw(st.sampled_from([worker, None]))),
            lambda: fleet.promise(session, None, (worker,)),
            lambda: fleet.promise_at_risk(session),
            lambda: fleet.overrun(session, data.draw(st.sampled_from([-30, 5, 60]))),
            lambda: fleet.warn(session),
            lambda: fleet.wake(number),
        ]
        data.draw(st.sampled_from(choices))()

    @rule()
    def crash_and_replay(self) -> None:
        self.fleet.crash_and_replay()

    @rule(session=sessions, worker=workers, data=st.data())
    def out_of_order(self, session: str, worker: str, data: st.DataObject) -> None:
        fleet = self.fleet
        choices: list[Callable[[], None]] = [
            lambda: fleet.schedule(session, worker),
            lambda: fleet.instantiate(session),
            lambda: fleet.bind(session, data.draw(st.sampled_from(["lab-1", "lab-2"]))),
            lambda: fleet.mark_ready(session),
            lambda: fleet.log_in(session, data.draw(st.sampled_from(["e1", "e2", "e3"]))),
            lambda: fleet.finish(session, data.draw(st.sampled_from(["e1", "e2", "e3"]))),
            lambda: fleet.start_collection(session),
            lambda: fleet.collect(session, data.draw(st.integers(0, 2))),
            lambda: fleet.submitted(session),
            lambda: fleet.pause(session, data.draw(st.integers(-2, 2))),
            lambda: fleet.resume(session, data.draw(st.integers(-2, 2))),
            lambda: fleet.review(session),
            lambda: fleet.score(session),
            lambda: fleet.regrade(session),
            lambda: fleet.recollect(session),
            lambda: fleet.lab_gone(session),
            lambda: fleet.archived(session),
            lambda: fleet.complete(session),
        ]
        data.draw(st.sampled_from(choices))()

    @rule(session=sessions, data=st.data())
    def cut_short(self, session: str, data: st.DataObject) -> None:
        fleet = self.fleet
        choices: list[Callable[[], None]] = [
            lambda: fleet.stop(session, data.draw(st.sampled_from(SessionOutcome))),
            lambda: fleet.terminate(session),
            lambda: fleet.override(session, data.draw(st.sampled_from(LabletSessionStatus))),
            lambda: fleet.fault(session),
            lambda: fleet.grading_failed(session),
            lambda: fleet.unschedule(session),
        ]
        data.draw(st.sampled_from(choices))()

    @rule(worker=workers, data=st.data())
    def trouble(self, worker: str, data: st.DataObject) -> None:
        fleet = self.fleet
        choices: list[Callable[[], None]] = [
            lambda: fleet.health(worker, data.draw(st.sampled_from(WorkerServiceStatus))),
            lambda: fleet.drain(worker, data.draw(st.booleans())),
            lambda: fleet.cancel_drain(worker),
            lambda: fleet.desire(worker, data.draw(st.sampled_from(WorkerDesiredStatus)), data.draw(st.booleans())),
            lambda: fleet.observe(worker, data.draw(st.sampled_from(FACTS))),
            lambda: fleet.declare(worker, data.draw(st.integers(0, 6))),
            lambda: fleet.fail(worker),
            lambda: fleet.launched(worker),
            lambda: fleet.worker_ready(worker, data.draw(st.sampled_from([LICENCE, NO_LICENCE]))),
            lambda: fleet.release(worker, data.draw(sessions)),
            lambda: fleet.allocate(worker, data.draw(sessions)),
        ]
        data.draw(st.sampled_from(choices))()

    @rule(session=sessions, worker=workers, data=st.data())
    def hosts_are_lost_and_found(self, session: str, worker: str, data: st.DataObject) -> None:
        fleet = self.fleet
        choices: list[Callable[[], None]] = [
            lambda: fleet.goes_and_comes(worker, data.draw(st.integers(0, 3))),
            lambda: fleet.lose(worker, data.draw(st.sampled_from(HostLossCause))),
            lambda: fleet.tell(session, worker, data.draw(st.sampled_from([None, None, *LabFinding]))),
            lambda: fleet.health(worker, WorkerServiceStatus.AVAILABLE),
            lambda: fleet.recovered(session, worker),
            lambda: fleet.give_up(session),
            lambda: fleet.leaving(worker),
            lambda: fleet.leftover_removed(worker, session),
            lambda: fleet.unschedule_from(session, worker),
            lambda: fleet.re_place(session),
            lambda: fleet.assign(session, worker),
            lambda: fleet.detach(session, data.draw(st.booleans())),
            lambda: fleet.skip_grading(session),
        ]
        data.draw(st.sampled_from(choices))()

    @invariant()
    def no_lab_is_there_twice_and_nobody_who_works_is_moved(self) -> None:
        self.fleet.no_lab_is_there_twice()
        self.fleet.nobody_who_works_is_moved(self.before)
        self.before = self.fleet.statuses()

    @invariant()
    def every_step_was_in_the_table(self) -> None:
        self.fleet.every_step_was_in_the_table()

    @invariant()
    def the_log_keeps_the_promises(self) -> None:
        self.fleet.the_log_keeps_the_promises()

    def teardown(self) -> None:
        self.fleet.everything_ends_clean()


TestFleet = pytest.mark.timeout(300)(FleetMachine.TestCase)
TestFleet.settings = settings(max_examples=examples(60), stateful_step_count=60, deadline=None)


@pytest.mark.parametrize("seed", range(12))
def test_a_long_unruly_day(seed: int) -> None:
    """Deeper than the search for a small example goes: two hundred steps, every second one what a service does next."""
    dice = random.Random(seed)
    fleet = UnrulyHosts()
    of_session: list[Callable[[str], Any]] = [
        fleet.unschedule,
        lambda session: fleet.bind(session, "lab-2"),
        lambda session: fleet.log_in(session, dice.choice(["e1", "e3"])),
        lambda session: fleet.finish(session, dice.choice(["e2", "e3"])),
        fleet.fault,
        fleet.start_collection,
        lambda session: fleet.collect(session, dice.randrange(3)),
        fleet.submitted,
        lambda session: fleet.pause(session, dice.randrange(5)),
        lambda session: fleet.resume(session, dice.randrange(5)),
        fleet.review,
        fleet.score,
        fleet.grading_failed,
        fleet.regrade,
        fleet.recollect,
        lambda session: fleet.stop(session, dice.choice(list(SessionOutcome))),
        fleet.terminate,
        lambda session: fleet.override(session, dice.choice(list(_S))),
        lambda session: fleet.promise(session, dice.choice([*WORKERS, None, None])),
        fleet.promise_at_risk,
        lambda session: fleet.overrun(session, dice.choice([-30, 5, 60])),
        fleet.warn,
        fleet.give_up,
        fleet.re_place,
        lambda session: fleet.detach(session, dice.random() < 0.2),
        fleet.skip_grading,
    ]
    of_booking: list[Callable[[int], Any]] = [
        lambda number: fleet.book(number, dice.choice([None, 0, 30, 65, 600]), dice.choice([5, 30, 60])),
        lambda number: fleet.reschedule(number, dice.choice([0, 30, 65, 600])),
        lambda number: fleet.extend(number, dice.choice([5, 30, 90])),
        fleet.cancel,
        fleet.wake,
        lambda number: fleet.book_class(number + 1, dice.choice([0, 65, 600]), dice.choice(list(BatchMode))),
    ]
    of_worker: list[Callable[[str], Any]] = [
        fleet.worker_up,
        fleet.worker_up,
        lambda worker: fleet.health(worker, dice.choice(list(WorkerServiceStatus))),
        lambda worker: fleet.drain(worker, dice.random() < 0.2),
        fleet.cancel_drain,
        lambda worker: fleet.observe(worker, dice.choice(["starting", "stopping", "stopped"])),
        lambda worker: fleet.declare(worker, dice.randint(2, 6)),
        lambda worker: fleet.release(worker, dice.choice(EVERYBODY)),
        lambda worker: fleet.allocate(worker, dice.choice(EVERYBODY)),
        lambda worker: fleet.goes_and_comes(worker, dice.randint(0, 3)),
        lambda worker: fleet.lose(worker, dice.choice(list(HostLossCause))),
        lambda worker: fleet.health(worker, WorkerServiceStatus.AVAILABLE),
        lambda worker: fleet.tell(dice.choice(EVERYBODY), worker, dice.choice([None, None, *LabFinding])),
        lambda worker: fleet.recovered(dice.choice(EVERYBODY), worker),
        lambda worker: fleet.leftover_removed(worker, dice.choice(EVERYBODY)),
        lambda worker: fleet.assign(dice.choice(EVERYBODY), worker),
    ]
    for _ in range(200):
        roll = dice.random()
        if roll < 0.45:
            fleet.next_step(dice.choice(EVERYBODY), dice.choice(WORKERS))
        elif roll < 0.6:
            dice.choice(of_booking)(dice.choice(BOOKINGS))
        elif roll < 0.75:
            dice.choice(of_session)(dice.choice(EVERYBODY))
        elif roll < 0.95:
            dice.choice(of_worker)(dice.choice(WORKERS))
        else:
            fleet.time_passes(dice.choice([1, 30, 120]))
        fleet.every_step_was_in_the_table()
        fleet.no_lab_is_there_twice()
    fleet.the_log_keeps_the_promises()
    fleet.everything_ends_clean()
