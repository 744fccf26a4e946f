from datetime import UTC, datetime, timedelta

import pytest

from worker_controller.domain.pace import TransitionPace

START = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(("age", "pause"), [(0, 0.5), (3, 0.5), (20, 2.0), (3600, 10.0), (-5, 0.5)])
def test_looks_become_rarer_with_the_time_a_transition_takes(age: float, pause: float) -> None:
    assert TransitionPace(0.5, 10.0).after(START, START + timedelta(seconds=age)) == pause
