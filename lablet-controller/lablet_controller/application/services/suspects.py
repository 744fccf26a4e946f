"""Things that look left behind and are given time to be claimed: what was just made may not be on record yet."""

from __future__ import annotations

from collections.abc import Iterable

from lcm_core.clock import Clock


class Suspects:
    """Kept in memory only: a new leader gives the whole time again."""

    def __init__(self, clock: Clock, grace_seconds: float) -> None:
        self._clock = clock
        self._grace_seconds = grace_seconds
        self._since: dict[tuple[str, str], float] = {}

    def ripe(self, place: str, things: Iterable[str]) -> frozenset[str]:
        """Those of *things* that have looked so for the grace at every look at *place*; any other is forgotten."""
        now, found = self._clock.monotonic(), set(things)
        self._since = {key: at for key, at in self._since.items() if key[0] != place or key[1] in found}
        for thing in found:
            self._since.setdefault((place, thing), now)
        return frozenset(thing for thing in found if now - self._since[place, thing] >= self._grace_seconds)
