from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker_controller.domain.disruption import WeeklyWindow

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = WeeklyWindow.parse("MON-FRI 18:00-06:00 Europe/Berlin")
MONDAY = datetime(2030, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "inside"),
    [
        (datetime(2030, 1, 7, 17, 59, tzinfo=BERLIN), False),
        (datetime(2030, 1, 7, 18, 0, tzinfo=BERLIN), True),
        (datetime(2030, 1, 8, 5, 59, tzinfo=BERLIN), True),
        (datetime(2030, 1, 8, 6, 0, tzinfo=BERLIN), False),
        (datetime(2030, 1, 12, 3, 0, tzinfo=BERLIN), True),  # Saturday: Friday's window
        (datetime(2030, 1, 13, 3, 0, tzinfo=BERLIN), False),
        (datetime(2030, 1, 7, 3, 0, tzinfo=BERLIN), False),  # Monday: Sunday has none
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins(local: datetime, inside: bool) -> None:
    assert NIGHTS.covers(local.astimezone(UTC)) is inside


def test_a_window_keeps_to_the_clock_on_the_wall_over_a_change_of_daylight_saving() -> None:
    mornings = WeeklyWindow.parse("SUN 08:00-09:00 Europe/Berlin")
    for sunday in (datetime(2030, 3, 24, 8, 30, tzinfo=BERLIN), datetime(2030, 3, 31, 8, 30, tzinfo=BERLIN)):
        assert mornings.covers(sunday.astimezone(UTC))


@given(st.integers(0, 7 * 24 * 60 - 1), st.integers(0, 6), st.integers(0, 1439), st.integers(0, 1439))
def test_a_window_lasts_from_its_beginning_to_its_end_once_a_week(
    minute: int, day: int, begins: int, ends: int
) -> None:
    name = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")[day]
    first, second = (f"{each // 60:02}:{each % 60:02}" for each in (begins, ends))
    inside = WeeklyWindow.parse(f"{name} {first}-{second} UTC").covers(MONDAY + timedelta(minutes=minute))
    since = timedelta(minutes=minute - 1440 * day - begins) % timedelta(days=7)
    assert inside is (since < timedelta(minutes=(ends - begins) % 1440 or 1440))


@pytest.mark.parametrize(
    "text", ["", "MON 18:00", "FOO 18:00-19:00 UTC", "MON 25:00-26:00 UTC", "MON 18:00-19:00 Mars"]
)
def test_what_is_no_window_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no window"):
        WeeklyWindow.parse(text)
