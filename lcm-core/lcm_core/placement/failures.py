"""A template whose workers keep failing is left alone for a while: each failure costs money and helps nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class WorkerFailure:
    template_name: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class TemplatePause:
    """Nothing of this template is asked for before ``until``; ``reason`` is that of the last failure."""

    until: datetime
    reason: str


def pauses(failures: Iterable[WorkerFailure]) -> dict[str, TemplatePause]:
    """By template: 30 s after one failure on record, doubled by each further one, at most 10 minutes."""
    by_template: dict[str, list[WorkerFailure]] = {}
    for failure in failures:
        by_template.setdefault(failure.template_name, []).append(failure)
    return {name: _pause(found) for name, found in by_template.items()}


def _pause(failures: list[WorkerFailure]) -> TemplatePause:
    last = max(failures, key=lambda failure: failure.at)
    length = min(FIRST_PAUSE * 2 ** min(len(failures) - 1, 10), LONGEST_PAUSE)
    return TemplatePause(last.at + length, last.reason)
