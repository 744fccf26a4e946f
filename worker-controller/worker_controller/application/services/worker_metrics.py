"""What is measured of the life of workers."""

from __future__ import annotations

from lcm_core.observability.metrics import meter

_meter = meter("worker_controller")
_steps = _meter.create_counter("lcm_worker_transitions_total", description="Life-cycle reports made, by step.")
_startup = _meter.create_histogram(
    "lcm_worker_startup_seconds", unit="s", description="From launch or start to ready, by template."
)
_skipped = _meter.create_counter("lcm_worker_scale_down_skipped_total", description="Scale-downs refused, by guard.")
_drained = _meter.create_counter("lcm_worker_scale_down_drains_total", description="Workers drained for scale-down.")
_strays = _meter.create_gauge("lcm_worker_stray_instances", description="Instances of ours without a live record.")


_lost = _meter.create_counter("lcm_worker_hosts_lost_total", description="Hosts found lost, by cause.")
_detection = _meter.create_histogram(
    "lcm_worker_host_loss_detection_seconds",
    unit="s",
    description="From the last sign of life of a host to its being declared lost, by cause.",
)


def host_lost(cause: str, after_seconds: float) -> None:
    _lost.add(1, {"cause": cause})
    _detection.record(after_seconds, {"cause": cause})


_cloud_failures = _meter.create_counter(
    "lcm_worker_cloud_sweep_failures_total", description="Sweeps of a region that AWS did not answer, by source."
)
_drifting = _meter.create_gauge(
    "lcm_worker_drift", description="Workers that are not what they were declared to be, by what differs."
)
_impaired = _meter.create_gauge(
    "lcm_worker_impaired_instances", description="Serving workers whose EC2 status checks fail."
)
_followed = _meter.create_gauge("lcm_worker_event_streams", description="Event streams of hosts, by state.")
_host_events = _meter.create_counter(
    "lcm_worker_host_changes_total", description="Changes that hosts told of by themselves, by kind."
)


def reported(step: str) -> None:
    """*step* is the name of a method of WorkerReports that was called."""
    _steps.add(1, {"step": step})


def ready_after(template_name: str, seconds: float) -> None:
    _startup.record(seconds, {"template": template_name})


def scale_down_skipped(guard: str) -> None:
    _skipped.add(1, {"guard": guard})


_retired = _meter.create_counter(
    "lcm_worker_scale_down_retired_total", description="Workers terminated after they had been stopped for long."
)


_overran = _meter.create_counter(
    "lcm_worker_drain_overruns_total", description="Drains found to take longer than their template allows."
)


def drain_overran() -> None:
    _overran.add(1)


_judged = _meter.create_counter(
    "lcm_worker_scaling_judged_total",
    description="Workers judged for scale-down or retention, by kind and what decided; empty when they went.",
)
_guards = _meter.create_counter(
    "lcm_worker_guard_answers_total", description="Answers of the guards of scale-down and retention, by guard."
)


def scaling_judged(kind: str, decided_by: str) -> None:
    _judged.add(1, {"kind": kind, "decided_by": decided_by})


def guard_answered(guard: str, *, passes: bool) -> None:
    _guards.add(1, {"guard": guard, "answer": "passes" if passes else "refuses"})


def scale_down_retired() -> None:
    _retired.add(1)


def scale_down_drained() -> None:
    _drained.add(1)


_strays_handled = _meter.create_counter(
    "lcm_worker_strays_handled_total",
    description="Looks at stray instances, by kind and what was done: left if nothing.",
)


def stray_handled(kind: str, did: str) -> None:
    _strays_handled.add(1, {"kind": kind, "did": did})


def stray_instances(kind: str, count: int) -> None:
    _strays.set(count, {"kind": kind})


def cloud_sweep_failed(source: str) -> None:
    """*source* is cloudwatch or ec2-status."""
    _cloud_failures.add(1, {"source": source})


def drifting(what: str, workers: int) -> None:
    _drifting.set(workers, {"what": what})


def impaired_instances(workers: int) -> None:
    _impaired.set(workers)


def event_streams(state: str, count: int) -> None:
    """*state* is open, down or none: the last is a host that has no such stream."""
    _followed.set(count, {"state": state})


def host_change(kind: str) -> None:
    _host_events.add(1, {"kind": kind})
