"""How many live streams one caller may hold open at this process at one time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from lcm_core.auth import Principal, TooManyStreams

_RETRY_AFTER_SECONDS = 5


class StreamSeats:
    """Up to *most_per_caller*; 0 means as many as they like. An event loop counts alone, so there is no lock."""

    def __init__(self, most_per_caller: int) -> None:
        self._most = most_per_caller
        self._taken: Counter[tuple[str, str]] = Counter()

    def check(self, principal: Principal) -> None:
        """Raises ``TooManyStreams`` when every seat of *principal* is taken."""
        if self._most and self._taken[_caller(principal)] >= self._most:
            raise TooManyStreams(self._most, _RETRY_AFTER_SECONDS)

    @contextmanager
    def take(self, principal: Principal) -> Iterator[None]:
        caller = _caller(principal)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if self._taken[caller] <= 0:
                del self._taken[caller]


def _caller(principal: Principal) -> tuple[str, str]:
    return principal.client_id, principal.subject
