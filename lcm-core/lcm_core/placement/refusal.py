"""A no to a booking: why each worker and each template was none, and when else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lcm_core.domain.values import Timeslot


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reasons with their counts, which add up to the workers and to the templates that were considered.

    ``details`` has one example for each reason. ``alternatives`` are whole occupations, nearest first.
    """

    session_id: str
    worker_reasons: dict[str, int]
    template_reasons: dict[str, int]
    details: dict[str, str]
    alternatives: tuple[Timeslot, ...]

    @property
    def workers(self) -> int:
        return sum(self.worker_reasons.values())

    @property
    def templates(self) -> int:
        return sum(self.template_reasons.values())

    @property
    def reason_counts(self) -> dict[str, int]:
        """Of workers and templates together."""
        return dict(Counter(self.worker_reasons) + Counter(self.template_reasons))

    @property
    def summary(self) -> str:
        """ "0/2 workers: 2 capacity; 0/1 templates: 1 fleet_limit"."""
        return f"{_told(self.worker_reasons, 'workers')}; {_told(self.template_reasons, 'templates')}"


def _told(reasons: dict[str, int], what: str) -> str:
    counted = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    return f"0/{sum(reasons.values())} {what}" + (f": {counted}" if counted else "")
