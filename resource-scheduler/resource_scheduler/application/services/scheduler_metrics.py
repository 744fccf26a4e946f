"""What is measured of placement."""

from __future__ import annotations

from lcm_core.domain.read_models import PlacementDecision
from lcm_core.observability.metrics import meter

_meter = meter("resource_scheduler")
_decisions = _meter.create_counter("lcm_scheduler_decisions_total", description="Placement decisions, by action.")
_rejections = _meter.create_counter(
    "lcm_scheduler_rejections_total", description="Workers turned down in decisions, by reason."
)
_duration = _meter.create_histogram(
    "lcm_scheduler_decision_duration_seconds", unit="s", description="Time to decide where one session goes."
)
_scale_ups = _meter.create_counter(
    "lcm_scheduler_scale_up_requests_total", description="Workers asked for, by template and answer."
)
_refused = _meter.create_counter(
    "lcm_scheduler_refused_placements_total", description="Proposals that control-plane-api refused, by error code."
)
_waiting = _meter.create_gauge("lcm_scheduler_waiting_sessions", description="Sessions that wait for room.")
_retries = _meter.create_counter(
    "lcm_scheduler_retries_total", description="Times a session that found no room is to be looked at again."
)
_promises = _meter.create_counter(
    "lcm_scheduler_promises_total",
    description="Promises of room, by fate: at risk, kept, moved to another worker, or broken.",
)
_at_risk = _meter.create_gauge(
    "lcm_scheduler_promises_at_risk",
    description="Sessions that may begin late, since the worker that was to have their room has not come up.",
)
_wakes = _meter.create_counter(
    "lcm_scheduler_worker_wakes_total", description="Resting workers that were woken, by what for and what they were."
)
_given_up = _meter.create_counter(
    "lcm_scheduler_planned_workers_given_up_total",
    description="Planned workers given up: nobody had a booking.",
)
_moves = _meter.create_counter(
    "lcm_scheduler_consolidation_moves_total", description="Bookings moved so that a worker can go, by answer."
)
_slot_deeds = _meter.create_counter(
    "lcm_scheduler_slot_deadlines_total", description="Deadlines of slots that came, by deed and result."
)
_slot_lateness = _meter.create_histogram(
    "lcm_scheduler_slot_lateness_seconds", unit="s", description="Time from a deadline until it was met, by deed."
)
_clock_skew = _meter.create_gauge(
    "lcm_scheduler_clock_skew_seconds", unit="s", description="This machine's clock ahead of the control plane's."
)


def decided(decision: PlacementDecision, seconds: float) -> None:
    _decisions.add(1, {"action": decision.outcome.value})
    _duration.record(seconds)
    for reason, count in decision.reason_counts.items():
        _rejections.add(count, {"reason": reason})


def asked_for_worker(template_name: str, answer: str) -> None:
    """*answer* is created, known (asked for before) or refused."""
    _scale_ups.add(1, {"template": template_name, "answer": answer})


def proposal_refused(code: str) -> None:
    _refused.add(1, {"code": code})


def waiting(count: int) -> None:
    _waiting.set(count)


def retried() -> None:
    _retries.add(1)


def promise(fate: str) -> None:
    """*fate* is at_risk, kept, moved or broken."""
    _promises.add(1, {"fate": fate})


def promises_at_risk(count: int) -> None:
    _at_risk.set(count)


def woke(what_for: str, was: str) -> None:
    """*what_for* is booking or warm_capacity, *was* is stopped or planned."""
    _wakes.add(1, {"what_for": what_for, "was": was})


def gave_up_planned() -> None:
    _given_up.add(1)


def consolidated(answer: str) -> None:
    """*answer* is moved, unchanged or refused."""
    _moves.add(1, {"answer": answer})


def slot_deed(deed: str, result: str, late_seconds: float | None = None) -> None:
    """*result* is done, unchanged or refused."""
    _slot_deeds.add(1, {"deed": str(deed), "result": result})
    if late_seconds is not None:
        _slot_lateness.record(late_seconds, {"deed": str(deed)})


def clock_skew(seconds: float) -> None:
    _clock_skew.set(seconds)
