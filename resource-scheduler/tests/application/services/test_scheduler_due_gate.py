from datetime import timedelta

import pytest

from lcm_core.testing.placement_builders import NOW, minutes_from_now
from resource_scheduler.application.services.due_gate import Due, DueGate

gate = DueGate(boot_margin_seconds=20 * 60, grace_seconds=30 * 60)
SLOT = minutes_from_now(60, 120)
OCCUPATION = minutes_from_now(45, 130)


@pytest.mark.parametrize(
    ("minutes", "due"),
    [(0, Due.EARLY), (24.9, Due.EARLY), (25, Due.NOW), (60, Due.NOW), (89.9, Due.NOW), (90, Due.TOO_LATE)],
)
def test_a_session_is_due_between_boot_margin_and_grace(minutes: float, due: Due) -> None:
    assert gate.at(NOW + timedelta(minutes=minutes), SLOT, OCCUPATION) is due


def test_the_end_of_the_slot_closes_the_gate_even_within_the_grace() -> None:
    short = minutes_from_now(60, 70)
    assert gate.closes_at(short) == short.end
