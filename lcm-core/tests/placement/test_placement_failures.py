from datetime import timedelta

from lcm_core.placement.failures import WorkerFailure, pauses
from lcm_core.testing.placement_builders import NOW


def failures(count: int) -> list[WorkerFailure]:
    return [WorkerFailure("metal", NOW + timedelta(seconds=n), f"reason {n}") for n in range(count)]


def test_one_failure_pauses_its_template_for_half_a_minute() -> None:
    assert pauses(failures(1))["metal"].until == NOW + timedelta(seconds=30)


def test_each_further_failure_doubles_the_pause_and_the_last_reason_is_told() -> None:
    found = pauses(failures(3))["metal"]
    assert (found.until, found.reason) == (NOW + timedelta(seconds=2 + 120), "reason 2")


def test_the_pause_has_a_bound() -> None:
    assert pauses(failures(50))["metal"].until == NOW + timedelta(seconds=49, minutes=10)


def test_other_templates_are_not_paused() -> None:
    assert set(pauses(failures(1))) == {"metal"}
