"""Two days of bookings under the scheduler as it is, in virtual time; the whole month is a measurement."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.month.live import LiveMonth, play
from bench.month.run import FLEET, MAX_WORKERS
from bench.month.trace import DAY, month_of_bookings
from bench.month.trouble import Trouble

TWO_DAYS = [booking for booking in month_of_bookings() if booking.start < 2 * DAY]
COME = sum(booking.cancelled_at is None for booking in TWO_DAYS)


def played(trouble: Trouble) -> LiveMonth:
    return play(TWO_DAYS, FLEET, trouble, max_workers=MAX_WORKERS)


@pytest.fixture(scope="module")
def days() -> Iterator[LiveMonth]:
    yield played(Trouble())


def test_no_promise_of_two_days_is_broken(days: LiveMonth) -> None:
    assert (days.tally.late, days.tally.lost, days.tally.lost_with_host) == ({}, [], [])
    assert days.tally.kept == COME


def test_nothing_was_ever_over_capacity_and_the_log_gives_the_same_state_again(days: LiveMonth) -> None:
    assert days.findings == []


def test_workers_rest_when_nobody_needs_them(days: LiveMonth) -> None:
    assert days.result.idle_hours < days.result.worker_hours / 2


def test_sessions_on_a_host_that_dies_are_lost_and_nobody_elses_promise_is() -> None:
    troubled = played(Trouble("a death", deaths=(DAY + 10 * 60 + 30,)))
    tally = troubled.tally
    assert tally.lost_with_host
    assert troubled.findings == []
    assert tally.kept + len(tally.late) + len(tally.lost) >= COME - len(tally.lost_with_host)


def test_who_never_comes_is_found_out_and_costs_nobody_a_promise() -> None:
    troubled = played(Trouble("no-shows", no_shows=0.3))
    assert (troubled.tally.late, troubled.tally.lost) == ({}, [])
    assert troubled.tally.no_shows > 0


def test_a_start_that_never_comes_up_costs_nobody_a_promise() -> None:
    troubled = played(Trouble("a start fails", failing_starts=0.25))
    assert troubled.failed_starts
    assert troubled.findings == []
    assert (troubled.tally.late, troubled.tally.lost) == ({}, [])
