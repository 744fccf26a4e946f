"""How long a far end asks to be left alone."""

from datetime import UTC, datetime

import pytest

from lcm_core.integration.retry_after import seconds_asked

NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (" 3 ", 3.0),
        ("Tue, 01 Jan 2030 10:00:00 GMT", 3600.0),
        ("Tue, 01 Jan 2030 10:00:00 -0000", 3600.0),
        ("Tue, 01 Jan 2030 08:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("²", None),
        ("9" * 400, None),
    ],
)
def test_a_rest_is_told_in_seconds_or_as_an_instant(told: str, seconds: float | None) -> None:
    assert seconds_asked(told, NOW) == seconds
