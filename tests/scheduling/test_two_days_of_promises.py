"""Two days of bookings through the real commands and rules, on a virtual clock; the whole month is a measurement."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.month.ours import OurMonth
from bench.month.run import FLEET, MAX_WORKERS
from bench.month.trace import DAY, month_of_bookings

TWO_DAYS = [booking for booking in month_of_bookings() if booking.start < 2 * DAY]


def played(unlucky: frozenset[int]) -> OurMonth:
    days = OurMonth(TWO_DAYS, FLEET, max_workers=MAX_WORKERS, unlucky=unlucky)
    days.play()
    return days


@pytest.fixture(scope="module")
def days() -> Iterator[OurMonth]:
    yield played(frozenset())


def test_no_promise_of_two_days_is_broken(days: OurMonth) -> None:
    assert (days.tally.late, days.tally.lost) == ([], [])
    assert days.tally.kept == sum(booking.cancelled_at is None for booking in TWO_DAYS)


def test_nothing_was_ever_over_capacity_and_the_log_gives_the_same_state_again(days: OurMonth) -> None:
    assert days.findings() == []


def test_every_worker_rests_when_nobody_needs_it_any_more(days: OurMonth) -> None:
    assert {worker.status.value for worker in days.plane.workers()} <= {"STOPPED"}
    assert all(not worker.allocations for worker in days.plane.workers())


def test_promises_of_a_worker_that_never_comes_up_are_taken_over() -> None:
    troubled = played(frozenset({0}))
    assert troubled.tally.lost == []
    assert troubled.findings() == []
