from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lcm_core.domain.capacity import peak_allocated
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.values import ResourceVector, Timeslot
from lcm_core.placement.landscape import HOUR, landscape
from lcm_core.testing.placement_builders import NOW, a_session_row, a_worker_row, an_allocation, minutes_from_now


def held(session_id: str, start: float, end: float) -> Any:
    return an_allocation(session_id, interval=minutes_from_now(start, end))


def test_each_hour_tells_who_holds_what_and_who_lacks_room() -> None:
    workers = [
        a_worker_row("w-1", allocations=(held("a", 0, 60), held("b", 30, 90), held("c", 60, 120))),
        a_worker_row("w-2", allocations=(held("d", 110, 130),)),
    ]
    seen = landscape(workers, [a_session_row(timeslot=minutes_from_now(70, 80))], NOW + timedelta(minutes=12), 3)
    assert [hour.start for hour in seen.hours] == [NOW + timedelta(hours=n) for n in range(3)]
    assert [hour.sessions for hour in seen.hours] == [2, 3, 1]
    assert [hour.booked.cpu_cores for hour in seen.hours] == [8, 12, 4]
    assert [hour.workers_booked for hour in seen.hours] == [1, 2, 1]
    assert [hour.unpromised_sessions for hour in seen.hours] == [0, 1, 0]


def test_each_hour_tells_who_comes_and_who_goes() -> None:
    seen = landscape(
        [a_worker_row(allocations=(held("a", -10, 60), held("b", 60, 90), held("c", 60, 200)))], [], NOW, 3
    )
    assert [(hour.begin, hour.end) for hour in seen.hours] == [(0, 1), (2, 1), (0, 0)]


def test_a_session_that_overruns_is_there_in_every_hour() -> None:
    seen = landscape([a_worker_row(allocations=(held("late", -60, -5),))], [], NOW, 2)
    assert [(hour.sessions, hour.end) for hour in seen.hours] == [(1, 0), (1, 0)]


def test_an_hour_in_which_something_ends_or_begins_at_its_edge_is_not_one_that_it_is_in() -> None:
    seen = landscape([a_worker_row(allocations=(held("a", 60, 120), held("b", -30, 1)))], [], NOW, 3)
    assert [hour.sessions for hour in seen.hours] == [1, 1, 0]


def test_capacity_is_told_by_how_near_it_is() -> None:
    planned = a_worker_row(
        "w-2",
        status=CMLWorkerStatus.PENDING,
        desired_status=WorkerDesiredStatus.STOPPED,
        service_status=WorkerServiceStatus.UNKNOWN,
    )
    rows = {row.supply: row for row in landscape([a_worker_row(), planned], [], NOW, 1).supply}
    assert {name: row.workers for name, row in rows.items()} == {
        "up": 1, "coming": 0, "asleep": 0, "planned": 1, "gone": 0
    }  # fmt: skip
    assert rows["planned"].capacity.cpu_cores == 16


HOURS = 6
SPANS = st.lists(st.tuples(st.integers(-180, 420), st.integers(1, 300)), max_size=6)


@settings(deadline=None)
@given(fleet=st.lists(SPANS, max_size=4), minute=st.integers(0, 59))
def test_an_hour_tells_what_the_rule_of_capacity_and_the_single_allocations_say(
    fleet: list[list[tuple[int, int]]], minute: int
) -> None:
    now = NOW + timedelta(minutes=minute)
    held_on = [
        [held(f"{w}-{n}", start, start + long) for n, (start, long) in enumerate(on)] for w, on in enumerate(fleet)
    ]
    workers = [a_worker_row(f"w-{w}", allocations=tuple(all_held)) for w, all_held in enumerate(held_on)]
    for row in landscape(workers, [], now, HOURS).hours:
        hour = Timeslot(start=row.start, end=row.start + HOUR)
        there = [[each for each in on_one if each.meets(hour.start, hour.end, now)] for on_one in held_on]
        everybody = [each for on_one in there for each in on_one]
        until = [each.occupied_until(now) for each in everybody]
        assert row.sessions == len(everybody)
        assert row.workers_booked == sum(bool(on_one) for on_one in there)
        assert row.begin == sum(each.interval.start >= hour.start for each in everybody)
        assert row.end == sum(each is not None and each <= hour.end for each in until)
        assert row.booked == sum((peak_allocated(on_one, hour, now) for on_one in held_on), ResourceVector())
