"""Who books what in the month: classes by day, self-study in the evening, one exam day, and some who change their mind.

Times are minutes from the beginning of the month, a Monday at midnight UTC. Everything follows from the seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from lcm_core.domain.enums import BookingPriority
from lcm_core.domain.values import ResourceVector

DAYS = 30
DAY = 24 * 60
EXAM_DAY = 17
"""A Thursday: everybody sits at nine and again at two."""

SHAPES = {
    "small": ResourceVector(cpu_cores=2, memory_gb=8, storage_gb=10, nodes=4, ports=4),
    "medium": ResourceVector(cpu_cores=6, memory_gb=24, storage_gb=30, nodes=12, ports=12),
    "large": ResourceVector(cpu_cores=16, memory_gb=64, storage_gb=80, nodes=40, ports=40),
}


@dataclass(frozen=True, slots=True)
class MonthBooking:
    """One learner's lab. ``left_at`` is when the learner has finished, at the latest the end of the slot.

    ``cancelled_at`` lies before the start; ``wants_until`` is an extension asked for ten minutes before the end.
    """

    id: str
    shape: str
    booked_at: int
    start: int
    end: int
    left_at: int
    cancelled_at: int | None
    wants_until: int | None
    priority: BookingPriority

    @property
    def vector(self) -> ResourceVector:
        return SHAPES[self.shape]


def month_of_bookings(seed: int = 7, *, scale: float = 1.0) -> list[MonthBooking]:
    """In the order in which they are made."""
    rng = random.Random(seed)
    found = [_one(rng, number, *wish) for number, wish in enumerate(_wishes(rng, scale))]
    return sorted(found, key=lambda booking: (booking.booked_at, booking.id))


def _wishes(rng: random.Random, scale: float) -> Iterator[tuple[str, int, int, int, BookingPriority]]:
    """(shape, start, minutes, most days booked ahead, priority)."""
    for day in range(DAYS):
        midnight = day * DAY
        working = day % 7 < 5
        if working:
            for hour in (9, 13):
                for _ in range(rng.randint(0, 2)):
                    shape = rng.choice(("small", "small", "medium"))
                    for _ in range(round(scale * rng.randint(6, 14))):
                        yield shape, midnight + hour * 60, 180, 14, BookingPriority.CLASS
        for _ in range(round(scale * rng.randint(10, 25) * (1.0 if working else 1.6))):
            start = midnight + int(rng.triangular(7, 23, 20) * 60)
            shape = rng.choice(("small", "medium", "large"))
            yield shape, start, rng.choice((60, 90, 120)), 3, BookingPriority.SELF_STUDY
        if day == EXAM_DAY:
            for hour in (9, 14):
                for _ in range(round(scale * 60)):
                    yield "medium", midnight + hour * 60, 240, 30, BookingPriority.EXAM


def _one(
    rng: random.Random, number: int, shape: str, start: int, minutes: int, ahead: int, priority: BookingPriority
) -> MonthBooking:
    notice = int(rng.expovariate(1 / (ahead * DAY / 4))) if rng.random() > 0.15 else rng.randint(25, 120)
    booked_at = max(0, start - max(25, min(notice, ahead * DAY)))
    start = max(start, booked_at + 25)
    end = start + minutes
    fate = rng.random()
    cancelled_at = rng.randint(booked_at + 1, start - 1) if fate < 0.08 else None
    left_at = start + int(minutes * rng.uniform(0.5, 0.95)) if fate > 0.5 else end
    wants_until = end + 30 if 0.08 <= fate < 0.15 else None
    return MonthBooking(f"b{number:05}", shape, booked_at, start, end, left_at, cancelled_at, wants_until, priority)
