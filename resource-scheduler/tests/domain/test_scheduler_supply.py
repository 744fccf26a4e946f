"""A worker that rests is woken early enough for what it promised."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.values import Timeslot
from lcm_core.testing.placement_builders import NOW, a_worker_row, an_allocation
from resource_scheduler.domain.supply import wake_at

seconds = st.integers(0, 7200)


@given(seconds, seconds, seconds, st.integers(0, 600))
def test_it_is_up_when_the_lead_of_its_first_booking_begins(begin: int, lead: int, starting: int, slack: int) -> None:
    timeslot = Timeslot(start=NOW + timedelta(seconds=lead + begin), end=NOW + timedelta(seconds=lead + begin + 3600))
    needed_at = timeslot.start - timedelta(seconds=lead)
    held = an_allocation("s-1", interval=timeslot.widened(timedelta(seconds=lead), timedelta(0)).on_grid())
    worker = a_worker_row(allocations=(held,))

    woken = wake_at(worker, NOW, start_seconds=starting, slack_seconds=slack)

    assert woken is not None
    assert woken + timedelta(seconds=starting + slack) <= needed_at


def test_without_a_booking_ahead_there_is_no_time_to_wake_it() -> None:
    past = Timeslot(start=NOW - timedelta(hours=2), end=NOW)
    worker = a_worker_row(allocations=(an_allocation("s-1", interval=past),))
    assert wake_at(worker, NOW, start_seconds=900, slack_seconds=60) is None
