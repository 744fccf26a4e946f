"""A start that is late is known early, and nobody is alarmed too soon."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import CapacityAllocation
from lcm_core.testing.placement_builders import NOW, a_worker_row, an_allocation, minutes_from_now
from resource_scheduler.domain.late_start import LateStartPolicy, Start, at_risk_from, late_from, look
from resource_scheduler.domain.start_times import StartTimes, p95

POLICY = LateStartPolicy(margin_seconds=60, wake_slack_seconds=600, moves_per_look=20)

seconds = st.integers(0, 7200)
starts = st.builds(lambda usual, worst: Start(NOW, usual, max(usual, worst)), seconds, seconds)
promises = st.lists(st.integers(-600, 600), max_size=8).map(
    lambda begins: [an_allocation(f"s-{n}", interval=minutes_from_now(at, at + 60)) for n, at in enumerate(begins)]
)


@given(promises, starts, seconds)
def test_each_promise_ahead_is_either_at_risk_or_looked_at_in_time(
    promised: list[CapacityAllocation], start: Start, passed: int
) -> None:
    now = NOW + timedelta(seconds=passed)

    seen = look(promised, start, POLICY, now)

    ahead = [each for each in promised if each.interval.end > now]
    waiting = [at_risk_from(each, start, POLICY) for each in ahead if each not in seen.at_risk]
    assert set(seen.at_risk) <= set(ahead)
    assert all(at > now for at in waiting)
    assert seen.next_at == min(waiting, default=None)


@given(promises, starts, seconds)
def test_nobody_is_at_risk_before_the_worker_is_late_and_another_would_have_to_be_woken(
    promised: list[CapacityAllocation], start: Start, passed: int
) -> None:
    now = NOW + timedelta(seconds=passed)
    for held in look(promised, start, POLICY, now).at_risk:
        assert now >= late_from(start, POLICY)
        assert now >= held.interval.start - timedelta(seconds=start.worst_seconds + POLICY.wake_slack_seconds)


@given(promises, starts, seconds, seconds)
def test_who_is_at_risk_stays_so_until_the_worker_is_up(
    promised: list[CapacityAllocation], start: Start, first: int, more: int
) -> None:
    before, after = NOW + timedelta(seconds=first), NOW + timedelta(seconds=first + more)
    still_ahead = {each for each in look(promised, start, POLICY, before).at_risk if each.interval.end > after}
    assert still_ahead <= set(look(promised, start, POLICY, after).at_risk)


# what is usual


def on_its_way(worker_id: str, minutes: float, *, status: CMLWorkerStatus) -> CMLWorkerReadModel:
    return a_worker_row(
        worker_id,
        status=status,
        desired_status=WorkerDesiredStatus.RUNNING,
        service_status=WorkerServiceStatus.UNKNOWN,
        status_changed_at=NOW + timedelta(minutes=minutes),
    )


def with_starts(took: list[float], *, status: CMLWorkerStatus = CMLWorkerStatus.PROVISIONING) -> StartTimes:
    times = StartTimes()
    for number, minutes in enumerate(took):
        times.note(on_its_way(f"w-{number}", 0, status=status), NOW)
        times.note(a_worker_row(f"w-{number}", status_changed_at=NOW + timedelta(minutes=minutes)), NOW)
    return times


def test_what_was_seen_is_believed_when_it_was_seen_often_enough() -> None:
    coming = on_its_way("w-new", 0, status=CMLWorkerStatus.PROVISIONING)
    few, enough = with_starts([5] * 18 + [8]), with_starts([5] * 18 + [8, 10])
    for times in (few, enough):
        times.note(coming, NOW)
    assert (few.usual(coming), enough.usual(coming)) == (coming.startup_seconds, 8 * 60)


def test_a_start_that_was_slower_than_the_template_says_is_believed_at_once() -> None:
    coming = on_its_way("w-new", 0, status=CMLWorkerStatus.PROVISIONING)
    times = with_starts([20])
    times.note(coming, NOW)
    assert times.usual(coming) == 20 * 60


def test_a_launch_is_not_measured_by_starts_of_stopped_workers() -> None:
    times = with_starts([3] * 20, status=CMLWorkerStatus.STARTING)
    launched = on_its_way("w-launched", 0, status=CMLWorkerStatus.PROVISIONING)
    started = on_its_way("w-started", 0, status=CMLWorkerStatus.STARTING)
    times.note(launched, NOW)
    times.note(started, NOW)
    assert (times.usual(launched), times.usual(started)) == (launched.startup_seconds, 180)


def test_a_start_that_failed_tells_nothing_of_how_long_one_takes() -> None:
    times = with_starts([10, 10, 10, 10, 10])
    times.note(on_its_way("w-bad", 0, status=CMLWorkerStatus.PROVISIONING), NOW)
    times.note(a_worker_row("w-bad", status=CMLWorkerStatus.FAILED, status_changed_at=NOW + timedelta(hours=1)), NOW)
    assert times.slowest("standard") == 600
    assert times.began("w-bad") is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20))
def test_no_more_than_five_in_a_hundred_exceed_the_p95(took: list[float]) -> None:
    assert p95(took) in took
    assert sum(each > p95(took) for each in took) <= 0.05 * len(took)
