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
_waiting = _meter.create_gauge("lcm_scheduler_waiting_sessions", description="Due sessions without room.")


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
