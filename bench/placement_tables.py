"""What was measured of placement, and how it is shown beside its budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.report import table

BOOKINGS = 10_000
BUDGETS = {200: 20_000, 1_000: 5_000, 5_000: 800}
LOOP_BUDGET = 50


@dataclass(frozen=True, slots=True)
class Rate:
    """Operations per second of processor time, and by the clock on the wall: medians over the rounds."""

    cpu: float
    wall: float
    worst_cpu: float


@dataclass(frozen=True, slots=True)
class Sized:
    """One size of fleet; seconds are of processor time."""

    workers: int
    rates: dict[str, Rate]
    compared_verdicts: int
    build_seconds: float
    words_seconds: float
    record_seconds: float


@dataclass(frozen=True, slots=True)
class Grown:
    bookings: int
    rates: dict[str, Rate]
    build_seconds: float


def rates_table(sizes: Sequence[Sized]) -> list[str]:
    rows: list[list[str]] = []
    for size in sizes:
        ours, budget = size.rates["engine"], BUDGETS[size.workers]
        verdict = "met" if ours.cpu >= budget else "MISSED"
        wall, booked = _per_second(ours.wall), _per_second(size.rates["engine_and_book"].cpu)
        rows.append(
            [
                f"{size.workers:,}",
                _per_second(ours.cpu),
                _per_second(ours.worst_cpu),
                wall,
                f"{budget:,}",
                verdict,
                booked,
            ]
        )
    title = f"decisions per second, explanation and counts kept, {BOOKINGS:,} live bookings"
    columns = ["workers", "cpu, median", "cpu, worst", "by the wall", "budget", "", "decide, promise, give back"]
    return table(title, columns, rows)


def against_table(sizes: Sequence[Sized]) -> list[str]:
    sides = {
        "loop": f"plain loop, same answers (budget >= {LOOP_BUDGET} x)",
        "rules": "the readable rules, same answers",
        "matrix": "matrix worker × slot, choice only (budget > 1 x)",
        "matrix_slots_first": "matrix slot × worker, choice only",
    }
    rows = [[told, *(_against(size, name) for size in sizes)] for name, told in sides.items()]
    return table(
        "the same run, per second: theirs, and how many times that the engine does", ["", *_names(sizes)], rows
    )


def _against(size: Sized, name: str) -> str:
    theirs = size.rates[name].cpu
    return f"{_per_second(theirs)}  {size.rates['engine'].cpu / theirs:.1f} x"


def costs_table(sizes: Sequence[Sized]) -> list[str]:
    rows = [
        ["verdicts found equal", *(f"{size.compared_verdicts:,}" for size in sizes)],
        ["index built from nothing, ms", *(f"{size.build_seconds * 1e3:.0f}" for size in sizes)],
        ["a verdict in words per worker, ms", *(f"{size.words_seconds * 1e3:.1f}" for size in sizes)],
        ["the same as a record that can be replayed, ms", *(f"{size.record_seconds * 1e3:.1f}" for size in sizes)],
    ]
    return table("what is not in the rate", ["", *_names(sizes)], rows)


def growth_table(growth: Sequence[Grown]) -> list[str]:
    rows = [
        [
            f"{each.bookings:,}",
            _per_second(each.rates["engine"].cpu),
            _per_second(each.rates["engine_and_book"].cpu),
            f"{each.build_seconds * 1e3:.0f}",
        ]
        for each in growth
    ]
    columns = ["bookings", "decisions/s", "decide, promise, give back/s", "index built, ms"]
    return table("growth: 1,000 workers, bookings over 14 days", columns, rows)


def _names(sizes: Sequence[Sized]) -> list[str]:
    return [f"{size.workers:,} workers" for size in sizes]


def _per_second(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"
