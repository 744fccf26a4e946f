"""What goes wrong in a month, as data: everything follows from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Trouble:
    """Shares are of 1. ``failing_starts`` never come up, ``deaths`` are the minutes at which the busiest host dies;
    learners come up to ``latest_minutes`` late or not at all; ``slow_to_go`` labs take 20 minutes to be wiped."""

    name: str = "no trouble"
    failing_starts: float = 0.0
    deaths: tuple[int, ...] = ()
    late_comers: float = 0.0
    no_shows: float = 0.0
    latest_minutes: int = 0
    slow_to_go: float = 0.0
    seed: int = 3
    _dice: random.Random = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dice", random.Random(self.seed))

    def start_fails(self, number: int) -> bool:
        del number
        return self._dice.random() < self.failing_starts

    def comes_after_minutes(self) -> int | None:
        """How late a learner comes; None for one who never does."""
        fate = random.Random(self._dice.random()) if self.late_comers or self.no_shows else None
        if fate is None:
            return 0
        share = fate.random()
        if share < self.no_shows:
            return None
        return fate.randint(1, self.latest_minutes) if share < self.no_shows + self.late_comers else 0

    def teardown_minutes(self, usual: int) -> int:
        return 20 if self.slow_to_go and self._dice.random() < self.slow_to_go else usual


def workday_mornings(days: int, every: int) -> tuple[int, ...]:
    """Ten thirty on each *every*-th day: when classes sit."""
    return tuple(day * 24 * 60 + 10 * 60 + 30 for day in range(1, days, every) if day % 7 < 5)
