"""How figures over time are kept and shown: finely for some hours, coarsely for weeks, at most so many points at once.

Pure arithmetic; all instants are seconds since the epoch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MOST_POINTS = 500
_NICE_STEPS = (1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)


@dataclass(frozen=True, slots=True)
class Tier:
    """One resolution, in seconds; ``step`` 0 keeps each observation. ``bucket`` is what one document spans."""

    name: str
    step: int
    bucket: int
    keep: int

    def bucket_of(self, at: float) -> int:
        """Where the bucket that holds *at* begins."""
        return math.floor(at / self.bucket) * self.bucket

    def slot_of(self, at: float) -> int:
        """Place of *at* within its bucket; only for a tier with steps."""
        return math.floor((at - self.bucket_of(at)) / self.step)


@dataclass(frozen=True, slots=True)
class HistoryPolicy:
    """How long each resolution is kept."""

    raw_hours: float = 6
    five_minutes_days: float = 7
    hourly_weeks: float = 12

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """Finest first. A bucket spans so much that a chart reads a few dozen documents at the most."""
        return (
            Tier("raw", 0, 3600, math.ceil(self.raw_hours * 3600)),
            Tier("5min", 300, 6 * 3600, math.ceil(self.five_minutes_days * 86_400)),
            Tier("hour", 3600, 72 * 3600, math.ceil(self.hourly_weeks * 7 * 86_400)),
        )


@dataclass(slots=True)
class Figure:
    """Observations of one figure taken together."""

    count: int = 0
    total: float = 0.0
    peak: float = -math.inf

    def add(self, count: int, total: float, peak: float) -> None:
        self.count += count
        self.total += total
        self.peak = max(self.peak, peak)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of some time from *at* on; by place of the figure, None where nothing was observed."""

    at: float
    figures: Sequence[Figure | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """*tier* and *step* that answer a question about *start* to *end* with at most ``MOST_POINTS`` points."""

    tier: Tier
    start: float
    end: float
    step: int


def chart_of(tiers: Sequence[Tier], start: float, end: float, step: int | None, now: float) -> Chart:
    """The resolution that still reaches back to *start* and is no coarser than needed.

    *step* is what was asked for; it is made longer where it would give too many points or is finer than what is kept.
    """
    least = max(step or 1, math.ceil((end - start) / (MOST_POINTS - 1)))
    reaching = [tier for tier in tiers if now - start <= tier.keep] or [tiers[-1]]
    tier = next((each for each in reversed(reaching) if each.step <= least), reaching[0])
    wanted = max(least, tier.step)
    nice = wanted if step == wanted else next((each for each in _NICE_STEPS if each >= wanted), wanted)
    if tier.step:
        nice = math.ceil(nice / tier.step) * tier.step
    return Chart(tier, start, end, nice)


@dataclass(slots=True)
class Folded:
    """Steps in which anything was observed, and for each figure what it came to in them."""

    at: list[int] = field(default_factory=list[int])
    rows: list[list[Figure]] = field(default_factory=list[list[Figure]])


def fold(samples: Iterable[Sample], chart: Chart, figures: int) -> Folded:
    """*samples* of any order, put together to the steps of *chart*; those outside of it are left out."""
    first = math.floor(chart.start / chart.step) * chart.step
    steps: dict[int, list[Figure]] = {}
    for sample in samples:
        if not first <= sample.at < chart.end:
            continue
        at = math.floor(sample.at / chart.step) * chart.step
        row = steps.setdefault(at, [Figure() for _ in range(figures)])
        for place, seen in enumerate(sample.figures[:figures]):
            if seen is not None and seen.count:
                row[place].add(seen.count, seen.total, seen.peak)
    ordered = sorted(steps)
    return Folded(ordered, [steps[at] for at in ordered])
