"""What is remembered of a worker between two looks. Losing it costs a look, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_NEVER = float("-inf")
_A_FLEET = 4


@dataclass(slots=True)
class Vitals:
    """Monotonic seconds; ``silent_looks`` counts looks in a row at which CML did not answer.

    ``answered_at`` is when CML answered last, ``silent_from`` since when its silence counts, ``refreshed`` the request
    for a look that was met last, ``told_of`` the maintenance for which it was drained.
    """

    looked_at: float = _NEVER
    metrics_at: float = _NEVER
    silent_looks: int = 0
    instance_missing_since: float | None = None
    conditions_at: float = _NEVER
    answered_at: datetime | None = None
    silent_from: datetime | None = None
    refreshed: datetime | None = None
    told_of: str = ""


class VitalsBook:
    def __init__(self) -> None:
        self._by_worker: dict[str, Vitals] = {}

    def of(self, worker_id: str) -> Vitals:
        return self._by_worker.setdefault(worker_id, Vitals())

    def most_are_silent(self, looked_at_since: float) -> bool:
        """Of four hosts or more, more than half: then it may be us who cannot reach them.

        Only those that were looked at lately count, in monotonic seconds: others are gone, or somebody else's by now.
        """
        watched = [each for each in self._by_worker.values() if each.looked_at >= looked_at_since]
        silent = sum(each.silent_looks > 0 for each in watched)
        return len(watched) >= _A_FLEET and silent * 2 > len(watched)

    def forget(self, worker_id: str) -> None:
        self._by_worker.pop(worker_id, None)
