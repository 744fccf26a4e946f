from datetime import timedelta

import pytest

from lcm_core.testing.placement_builders import NOW, a_session_row, minutes_from_now
from resource_scheduler.domain.due_gate import Due, DueGate

gate = DueGate(boot_margin_seconds=20 * 60, grace_seconds=30 * 60)
SESSION = a_session_row(timeslot=minutes_from_now(60, 120), lead_seconds=15 * 60, teardown_seconds=10 * 60)


@pytest.mark.parametrize(
    ("minutes", "due"),
    [(0, Due.EARLY), (24.9, Due.EARLY), (25, Due.NOW), (60, Due.NOW), (89.9, Due.NOW), (90, Due.TOO_LATE)],
)
def test_a_session_is_due_between_boot_margin_and_grace(minutes: float, due: Due) -> None:
    assert gate.at(NOW + timedelta(minutes=minutes), SESSION) is due


def test_the_end_of_the_slot_closes_the_gate_even_within_the_grace() -> None:
    short = minutes_from_now(60, 70)
    assert gate.closes_at(SESSION.model_copy(update={"timeslot": short})) == short.end


def test_a_booking_may_bring_its_own_grace() -> None:
    patient = SESSION.model_copy(update={"grace_seconds": 45 * 60})
    assert gate.closes_at(patient) == NOW + timedelta(minutes=105)
