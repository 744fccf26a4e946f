"""Warm pools in an unruly fleet: a prepared lab is one session's or nobody's, and never in anybody's way."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from control_plane_api.testing.unruly_pools import LABS, UnrulyPools
from control_plane_api.testing.unruly_record import BOOKED, BOOKINGS, SESSIONS, WORKERS
from lcm_core.domain.enums import HostLossCause, LabletSessionStatus, WorkerServiceStatus

EVERYBODY = (*SESSIONS, *BOOKED)


@pytest.mark.parametrize("seed", range(8))
def test_a_long_unruly_day_with_labs_kept_prepared(seed: int) -> None:
    dice = random.Random(seed)
    fleet = UnrulyPools()
    of_session: list[Callable[[str], Any]] = [
        fleet.unschedule,
        fleet.terminate,
        fleet.rebind,
        lambda session: fleet.override(session, dice.choice(list(LabletSessionStatus))),
        lambda session: fleet.overrun(session, dice.choice([-30, 5, 60])),
    ]
    of_worker: list[Callable[[str], Any]] = [
        fleet.keep_prepared,
        fleet.keep_prepared,
        fleet.keep_prepared,
        fleet.worker_up,
        lambda worker: fleet.prepare(worker, dice.choice(LABS)),
        lambda worker: fleet.imported(worker, dice.choice(LABS)),
        lambda worker: fleet.preparation_failed(worker, dice.choice(LABS)),
        lambda worker: fleet.discard(worker, dice.choice(LABS)),
        lambda worker: fleet.removed(worker, dice.choice(LABS)),
        lambda worker: fleet.drain(worker, dice.random() < 0.2),
        fleet.cancel_drain,
        lambda worker: fleet.observe(worker, dice.choice(["starting", "stopping", "stopped"])),
        lambda worker: fleet.release(worker, dice.choice(EVERYBODY)),
        lambda worker: fleet.goes_and_comes(worker, dice.randint(0, 3)),
        lambda worker: fleet.lose(worker, dice.choice(list(HostLossCause))),
        lambda worker: fleet.health(worker, WorkerServiceStatus.AVAILABLE),
    ]
    for _ in range(150):
        roll = dice.random()
        if roll < 0.5:
            session, worker = dice.choice(EVERYBODY), dice.choice(WORKERS)
            if dice.random() < 0.4:
                fleet.worker_up(worker)
                fleet.health(worker, WorkerServiceStatus.AVAILABLE)
                fleet.cancel_drain(worker)
                fleet.keep_prepared(worker)
            for _ in range(dice.randint(1, 3)):
                fleet.next_step(session, worker)
        elif roll < 0.6:
            fleet.book(dice.choice(BOOKINGS), dice.choice([None, 0, 30, 65]), dice.choice([5, 30, 60]))
        elif roll < 0.7:
            dice.choice(of_session)(dice.choice(EVERYBODY))
        elif roll < 0.95:
            dice.choice(of_worker)(dice.choice(WORKERS))
        else:
            fleet.time_passes(dice.choice([1, 30, 120]))
        fleet.every_step_was_in_the_table()
        fleet.no_lab_is_there_twice()
        fleet.no_lab_is_anybody_elses()
    fleet.the_log_keeps_the_promises()
    assert fleet.hits() > 0
    fleet.everything_ends_clean()
