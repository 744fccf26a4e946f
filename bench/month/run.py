"""`python -m bench month`: the table, and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from bench.month.ours import OurMonth
from bench.month.rivals import Fleet, MonthResult, fixed_fleet, oracle, reactive
from bench.month.trace import MonthBooking, month_of_bookings
from bench.report import keep, table
from lcm_core.domain.values import ResourceVector

FLEET = Fleet(
    capacity=ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=500, nodes=200, ports=4000),
    cost_per_hour_usd=4.0,
    startup=15,
    lead=10,
    teardown=5,
    grace=5,
    idle=60,
)
MAX_WORKERS = 20
UNLUCKY = frozenset({3, 17, 40, 61})
"""Launches that never come up, in the run that shows what then becomes of promises."""


def run() -> list[str]:
    bookings = month_of_bookings()
    ours, findings = _play(bookings, frozenset())
    troubled, more = _play(bookings, UNLUCKY)
    results = [
        ours,
        troubled,
        fixed_fleet(bookings, FLEET),
        reactive(bookings, FLEET),
        oracle(bookings, FLEET),
    ]
    keep("month", {"results": [asdict(each) for each in results], "findings": [*findings, *more]})
    lines = table(
        "A month of bookings on a virtual clock",
        ("", "promised", "refused", "kept", "broken", "workers", "hours up", "hours idle", "USD"),
        [_row(each) for each in results],
    )
    audit = "clean, and the log gives the same state again" if not (findings or more) else "; ".join(findings + more)
    return [*lines, f"promises broken without trouble: {ours.broken}   budget 0", f"audit of both months: {audit}"]


def _play(bookings: Sequence[MonthBooking], unlucky: frozenset[int]) -> tuple[MonthResult, list[str]]:
    month = OurMonth(bookings, FLEET, max_workers=MAX_WORKERS, unlucky=unlucky)
    return month.play(), month.findings()


def _row(result: MonthResult) -> tuple[str, ...]:
    return (
        result.name,
        str(result.promised),
        str(result.refused),
        str(result.kept),
        str(result.broken),
        str(result.workers),
        f"{result.worker_hours:.0f}",
        f"{result.idle_hours:.0f}",
        f"{result.cost_usd:.0f}",
    )
