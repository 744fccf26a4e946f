import copy

import moto
import pytest
from moto.ec2.models.instances import Instance

from lcm_simulators.cloud import moto_internals
from lcm_simulators.cloud.moto_internals import MotoChangedError, TimedState


def test_moto_is_the_one_that_the_simulator_bends() -> None:
    moto_internals.check_moto()


def test_another_moto_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moto, "__version__", "5.3.0")
    with pytest.raises(MotoChangedError, match=r"5\.3\.0"):
        moto_internals.check_moto()


def test_moto_without_a_part_that_is_replaced_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Instance, "stop")
    with pytest.raises(MotoChangedError, match="stop"):
        moto_internals.check_moto()


@pytest.mark.parametrize(
    ("target", "on_the_way", "code"),
    [("running", "pending", 0), ("stopped", "stopping", 64), ("terminated", "shutting-down", 32)],
)
def test_state_is_reached_after_its_time(
    monkeypatch: pytest.MonkeyPatch, target: str, on_the_way: str, code: int
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(moto_internals.time, "time", lambda: clock[0])
    monkeypatch.setattr(TimedState, "transition_seconds", 2.0)
    state = TimedState()
    state.begin(target)
    assert (state.name, state.code) == (on_the_way, code)
    clock[0] += 2.0
    assert state.name == target


def test_copy_of_a_state_stays_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimedState, "transition_seconds", 60.0)
    state = TimedState()
    before = copy.copy(state)
    state.name = "stopped"
    assert (before.name, state.name) == ("running", "stopping")
