"""`python -m bench month`: the table, and the same as JSON."""

from __future__ import annotations

from dataclasses import asdict, replace

from bench.month.live import LiveMonth, play, policy
from bench.month.rivals import Fleet, MonthResult, fixed_fleet, oracle, reactive
from bench.month.trace import DAYS, month_of_bookings
from bench.month.trouble import Trouble, workday_mornings
from bench.report import keep, table
from lcm_core.domain.values import ResourceVector
from resource_scheduler.application.services.scheduler_policy import SchedulerPolicy

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


def scenarios() -> list[tuple[Trouble, SchedulerPolicy]]:
    """What goes wrong, and by which policy it is met."""
    usual = policy()
    at_the_last_minute = replace(usual, wake_slack=60, slack=120)
    waits_for_the_failure = replace(at_the_last_minute, late_start_margin=86_400)
    failing = 0.08
    return [
        (Trouble(), usual),
        (Trouble("woken 60 s ahead"), at_the_last_minute),
        (Trouble("8 % of starts fail", failing_starts=failing), usual),
        (Trouble("8 % of starts fail, woken 60 s ahead", failing_starts=failing), at_the_last_minute),
        (Trouble("8 % of starts fail, woken 60 s ahead, no early look", failing_starts=failing), waits_for_the_failure),
        (Trouble("a host dies every fourth day", deaths=workday_mornings(DAYS, 4)), usual),
        (Trouble("late comers and no-shows", late_comers=0.2, no_shows=0.08, latest_minutes=25), usual),
        (Trouble("one lab in ten is slow to go", slow_to_go=0.1), usual),
    ]


def run() -> list[str]:
    bookings = month_of_bookings()
    months = [
        play(bookings, FLEET, trouble, max_workers=MAX_WORKERS, scheduler_policy=by) for trouble, by in scenarios()
    ]
    rivals = [fixed_fleet(bookings, FLEET), reactive(bookings, FLEET), oracle(bookings, FLEET)]
    results = [*(month.result for month in months), *rivals]
    findings = [finding for month in months for finding in month.findings]
    keep(
        "month",
        {
            "results": [asdict(each) for each in results],
            "tallies": {month.trouble.name: _tally(month) for month in months},
            "findings": findings,
        },
    )
    lines = table(
        "A month of bookings in virtual time",
        ("", "promised", "refused", "kept", "broken", "workers", "hours up", "hours idle", "USD"),
        [_row(each) for each in results],
    )
    audit = "; ".join(findings) or "clean, and the log gives the same state again"
    return [
        *lines,
        *(_what_became(month) for month in months),
        f"promises broken without trouble: {months[0].result.broken}   budget 0",
        f"audit of all months: {audit}",
    ]


def _tally(month: LiveMonth) -> dict[str, object]:
    starts = {"starts": month.starts, "failed_starts": month.failed_starts, "at_risk": month.at_risk}
    return {**asdict(month.tally), **starts}


def _what_became(month: LiveMonth) -> str:
    tally = month.tally
    late = f"{len(tally.late)} late, by {max(tally.late.values())} min at most" if tally.late else "none late"
    return (
        f"{month.trouble.name}: {month.starts} starts, {month.failed_starts} failed; "
        f"{month.at_risk} promises at risk; {late}; {len(tally.lost)} lost; "
        f"{len(tally.lost_with_host)} on a host that died; {tally.no_shows} no-shows"
    )


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
