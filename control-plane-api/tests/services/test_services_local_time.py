"""A time on the clock is one instant, or it is refused: the nights of daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from control_plane_api.application.services.local_time import instant_of
from lcm_core.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2030-01-08T09:00:00", "Europe/Brussels", "2030-01-08T08:00:00"),
        ("2030-07-08T09:00:00", "Europe/Brussels", "2030-07-08T07:00:00"),
        ("2030-03-31T01:59:59", "Europe/Brussels", "2030-03-31T00:59:59"),
        ("2030-03-31T03:00:00", "Europe/Brussels", "2030-03-31T01:00:00"),
        ("2030-10-27T01:59:59", "Europe/Brussels", "2030-10-26T23:59:59"),
        ("2030-10-27T03:00:00", "Europe/Brussels", "2030-10-27T02:00:00"),
        ("2030-11-03T00:30:00", "America/New_York", "2030-11-03T04:30:00"),
        ("2030-04-07T01:15:00", "Australia/Lord_Howe", "2030-04-06T14:15:00"),
        ("2030-01-08T09:00:00", "Asia/Kathmandu", "2030-01-08T03:15:00"),
        ("2030-06-01T12:00:00", "UTC", "2030-06-01T12:00:00"),
    ],
)
def test_a_time_on_the_clock_is_an_instant(local: str, zone: str, instant: str) -> None:
    assert instant_of(datetime.fromisoformat(local), zone) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "zone"),
    [
        ("2030-03-31T02:00:00", "Europe/Brussels"),
        ("2030-03-31T02:59:59", "Europe/Brussels"),
        ("2030-03-10T02:30:00", "America/New_York"),
        ("2030-10-06T02:15:00", "Australia/Lord_Howe"),
    ],
)
def test_a_time_that_the_clocks_skip_is_refused(local: str, zone: str) -> None:
    with pytest.raises(InvalidInput, match="the clocks are put forward") as refused:
        instant_of(datetime.fromisoformat(local), zone)

    assert (refused.value.code, refused.value.errors[0].path) == ("local-time-not-one-instant", "/local_start")


def test_a_time_that_comes_twice_is_refused_with_both_instants() -> None:
    with pytest.raises(InvalidInput) as refused:
        instant_of(datetime.fromisoformat("2030-10-27T02:30:00"), "Europe/Brussels")

    assert "2030-10-27T02:30:00+02:00 or 2030-10-27T02:30:00+01:00" in str(refused.value)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "CEST+1"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidInput, match="is no IANA time zone"):
        instant_of(datetime.fromisoformat("2030-01-08T09:00:00"), zone)
