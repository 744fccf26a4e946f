from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_plane_api.application.services.observed_times import KEPT_SAMPLES, LEAST_SAMPLES, ObservedTimes
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import LabletSessionReadModel, StateChange
from lcm_core.testing.placement_builders import a_session_row

AT = datetime(2030, 1, 1, 9, tzinfo=UTC)
S = LabletSessionStatus
NOTHING = ObservedTimes(definition_id="d-1")


def a_session(id: str, *course: tuple[LabletSessionStatus, float]) -> LabletSessionReadModel:
    """A session that entered each status so many seconds after AT."""
    history = [
        StateChange(source=before[0], target=after[0], at=AT + timedelta(seconds=after[1]), by="somebody")
        for before, after in pairwise(((S.PENDING, 0.0), *course))
    ]
    return a_session_row(id, state_history=tuple(history))


def taking(id: str, seconds: float) -> LabletSessionReadModel:
    return a_session(id, (S.SCHEDULED, 1), (S.INSTANTIATING, 2), (S.READY, 2 + seconds))


def test_a_definition_that_nobody_had_yet_takes_what_its_author_declared() -> None:
    assert NOTHING.lead_seconds(declared=900, floor=60) == 900


def test_a_few_sessions_say_nothing_yet() -> None:
    times = NOTHING
    for number in range(LEAST_SAMPLES - 1):
        times = times.after(taking(f"s-{number}", 100))
    assert times.lead_seconds(declared=900, floor=60) == 900


def test_with_enough_sessions_the_95th_percentile_counts() -> None:
    times = NOTHING
    for number in range(1, 41):
        times = times.after(taking(f"s-{number}", number * 10))
    assert times.lead_seconds(declared=900, floor=60) == 380


def test_the_floor_of_the_settings_holds_whatever_was_observed() -> None:
    times = NOTHING
    for number in range(LEAST_SAMPLES):
        times = times.after(taking(f"s-{number}", 1))
    assert times.lead_seconds(declared=900, floor=60) == 60


def test_the_same_session_seen_again_adds_nothing() -> None:
    once = NOTHING.after(taking("s-1", 100))
    assert once.after(taking("s-1", 100)) is once


def test_a_session_that_never_became_ready_says_nothing() -> None:
    assert NOTHING.after(a_session("s-1", (S.SCHEDULED, 1), (S.INSTANTIATING, 2), (S.STOPPING, 50))) is NOTHING


def test_a_second_attempt_is_measured_by_itself() -> None:
    twice = a_session(
        "s-1", (S.INSTANTIATING, 10), (S.PENDING, 500), (S.SCHEDULED, 510), (S.INSTANTIATING, 520), (S.READY, 580)
    )
    assert NOTHING.after(twice).instantiation == {"s-1": 60}


def test_teardown_is_learned_from_stopping_to_stopped() -> None:
    assert NOTHING.after(a_session("s-1", (S.STOPPING, 10), (S.STOPPED, 42))).teardown == {"s-1": 32}


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=200))
def test_only_the_latest_samples_are_kept_and_the_answer_is_one_of_them(seconds: list[float]) -> None:
    times = NOTHING
    for number, each in enumerate(seconds):
        times = times.after(taking(f"s-{number}", round(each, 3)))
    kept = list(times.instantiation.values())
    assert kept == pytest.approx([round(each, 3) for each in seconds[-KEPT_SAMPLES:]], abs=1e-4)
