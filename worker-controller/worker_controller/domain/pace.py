"""How often to look: soon while something is about to happen, seldom when it takes long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_SHARE_OF_AGE = 0.1


@dataclass(frozen=True, slots=True)
class TransitionPace:
    """Seconds between two looks at a worker in transition: a tenth of the time it has taken so far, within bounds."""

    shortest_seconds: float
    longest_seconds: float

    def after(self, since: datetime, now: datetime) -> float:
        age = max(0.0, (now - since).total_seconds())
        return min(self.longest_seconds, max(self.shortest_seconds, age * _SHARE_OF_AGE))
