"""Budgets and windows: what can wait waits, what cannot is counted, and the clocks may change meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lcm_core.domain.fleet_care import (
    VOLUNTARY_DISRUPTIONS,
    CareWindow,
    Disruption,
    DisruptionBudget,
    DisruptionReason,
    Weekday,
    WindowKind,
    WorkerCareTerms,
    budget_refusal,
    window_refusal,
)

R = DisruptionReason
NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)
"""A Tuesday."""

reasons = st.sampled_from(R)
voluntary = st.sampled_from(sorted(VOLUNTARY_DISRUPTIONS))
instants = st.datetimes(datetime(2029, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
budgets = st.builds(
    DisruptionBudget,
    most_workers=st.integers(0, 4),
    window_seconds=st.integers(1, 7200),
    reasons=st.lists(reasons, max_size=3, unique=True).map(tuple),
)
past = st.lists(
    st.builds(
        lambda ago, reason: Disruption(worker_id="w", reason=reason, at=NOW - timedelta(seconds=ago)),
        st.integers(0, 8000),
        reasons,
    ),
    max_size=12,
)
windows = st.builds(
    CareWindow,
    kind=st.sampled_from(WindowKind),
    days=st.lists(st.sampled_from(Weekday), min_size=1, max_size=7, unique=True).map(tuple),
    start=st.times().map(lambda at: at.strftime("%H:%M")),
    minutes=st.integers(1, 10_080),
    time_zone=st.sampled_from(["UTC", "Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
)


def a_window(kind: WindowKind = WindowKind.ALLOWED, **changes: object) -> CareWindow:
    facts = {"kind": kind, "days": ("tuesday",), "start": "08:00", "minutes": 120}
    return CareWindow.model_validate(facts | changes)


def went(*reasons: R, ago_seconds: float = 60) -> list[Disruption]:
    at = NOW - timedelta(seconds=ago_seconds)
    return [Disruption(worker_id=f"w-{n}", reason=reason, at=at) for n, reason in enumerate(reasons)]


def two_an_hour(*reasons: R) -> list[DisruptionBudget]:
    return [DisruptionBudget(most_workers=2, window_seconds=3600, reasons=reasons)]


@given(budgets=st.lists(budgets, max_size=4), past=past, asked=st.lists(voluntary, max_size=30))
def test_however_often_is_asked_no_budget_is_ever_exceeded(
    budgets: list[DisruptionBudget], past: list[Disruption], asked: list[R]
) -> None:
    before, known = list(past), list(past)
    for reason in asked:
        if budget_refusal(budgets, known, reason, NOW) is None:
            known.append(Disruption(worker_id="w", reason=reason, at=NOW))
    for budget in budgets:
        since = NOW - timedelta(seconds=budget.window_seconds)

        def spent(rows: list[Disruption], budget: DisruptionBudget = budget, since: datetime = since) -> int:
            counted = [each for each in rows if each.reason is not R.OPERATOR and budget.covers(each.reason)]
            return sum(each.at > since for each in counted)

        assert spent(known) <= max(budget.most_workers, spent(before))


@given(budgets=st.lists(budgets, max_size=4), past=past, windows=st.lists(windows, max_size=3))
def test_what_cannot_wait_is_never_refused(
    budgets: list[DisruptionBudget], past: list[Disruption], windows: list[CareWindow]
) -> None:
    for reason in set(R) - VOLUNTARY_DISRUPTIONS:
        assert budget_refusal(budgets, past, reason, NOW) is None
        assert window_refusal(windows, reason, NOW) is None


@given(budgets=st.lists(budgets, max_size=4), past=past, reason=voluntary)
def test_what_was_refused_is_allowed_when_time_has_passed(
    budgets: list[DisruptionBudget], past: list[Disruption], reason: R
) -> None:
    later = NOW + timedelta(seconds=7201)
    closed = [budget for budget in budgets if budget.covers(reason) and budget.most_workers == 0]
    assert (budget_refusal(budgets, past, reason, later) is None) is not bool(closed)


def test_what_aws_took_leaves_less_for_what_can_wait() -> None:
    assert budget_refusal(two_an_hour(), went(R.SPOT, R.MAINTENANCE), R.IDLE, NOW) is not None


def test_what_an_operator_did_counts_for_nobody() -> None:
    assert budget_refusal(two_an_hour(), went(R.OPERATOR, R.OPERATOR), R.IDLE, NOW) is None


def test_a_budget_of_one_reason_leaves_the_others_alone() -> None:
    budget = two_an_hour(R.RETENTION)
    assert budget_refusal(budget, went(R.RETENTION, R.RETENTION), R.IDLE, NOW) is None
    assert budget_refusal(budget, went(R.RETENTION, R.RETENTION), R.RETENTION, NOW) is not None


def test_a_refusal_says_how_many_went_and_how_many_may() -> None:
    why = budget_refusal(two_an_hour(R.IDLE), went(R.IDLE, R.IDLE), R.IDLE, NOW)
    assert why == "2 went within the last 3600 s, 2 may (idle)"


@given(window=windows, at=instants)
def test_a_window_is_what_its_starts_say(window: CareWindow, at: datetime) -> None:
    """Against every start of a fortnight, counted on the clock of UTC."""
    zone = ZoneInfo(window.time_zone)
    first = at.astimezone(zone).date() - timedelta(days=9)
    starts = [
        datetime.combine(day, datetime.strptime(window.start, "%H:%M").time(), zone).astimezone(UTC)  # noqa: DTZ007
        for day in (first + timedelta(days=n) for n in range(12))
        if day.strftime("%A").lower() in {each.value for each in window.days}
    ]
    expected = any(start <= at < start + timedelta(minutes=window.minutes) for start in starts)
    assert window.contains(at) is expected


@given(windows=st.lists(windows, max_size=4), at=instants, reason=voluntary)
def test_a_blackout_wins_and_a_window_must_be_open_if_there_is_any(
    windows: list[CareWindow], at: datetime, reason: R
) -> None:
    black = any(each.kind is WindowKind.BLACKOUT and each.contains(at) for each in windows)
    allowed = [each for each in windows if each.kind is WindowKind.ALLOWED]
    may = not black and (not allowed or any(each.contains(at) for each in allowed))
    assert (window_refusal(windows, reason, at) is None) is may


@pytest.mark.parametrize(
    ("at", "inside"),
    [("2030-03-31T00:30:00+00:00", False), ("2030-03-31T01:30:00+00:00", True), ("2030-03-31T02:31:00+00:00", False)],
)
def test_a_start_that_the_clocks_skip_is_as_much_later(at: str, inside: bool) -> None:
    """02:30 does not exist in Brussels on that Sunday; the clocks go from 02:00 to 03:00."""
    window = a_window(days=("sunday",), start="02:30", minutes=60, time_zone="Europe/Brussels")
    assert window.contains(datetime.fromisoformat(at)) is inside


def test_a_window_may_run_over_midnight_and_into_the_next_week() -> None:
    window = a_window(days=("sunday",), start="23:00", minutes=120)
    assert window.contains(datetime(2030, 1, 7, 0, 30, tzinfo=UTC))
    assert not window.contains(datetime(2030, 1, 7, 1, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "wrong", [{"time_zone": "Europe/Atlantis"}, {"time_zone": "../etc"}, {"start": "24:00"}, {"days": ()}]
)
def test_a_window_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_window(**wrong)


def test_as_long_as_nobody_says_otherwise_strays_are_only_told_and_ten_workers_an_hour_may_go() -> None:
    terms = WorkerCareTerms()
    assert (terms.orphans.value, terms.drain_deadline.value) == ("flag", "warn")
    assert terms.longest_budget == timedelta(hours=1)
