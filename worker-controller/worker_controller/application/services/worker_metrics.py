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


def reported(step: str) -> None:
    """*step* is the name of a method of WorkerReports that was called."""
    _steps.add(1, {"step": step})


def ready_after(template_name: str, seconds: float) -> None:
    _startup.record(seconds, {"template": template_name})


def scale_down_skipped(guard: str) -> None:
    _skipped.add(1, {"guard": guard})


def scale_down_drained() -> None:
    _drained.add(1)


def stray_instances(kind: str, count: int) -> None:
    _strays.set(count, {"kind": kind})
