"""What is measured of a reconcile loop."""

from __future__ import annotations

from lcm_core.observability.metrics import meter

_meter = meter("lcm_core.reconcile")
_depth = _meter.create_gauge("lcm_reconcile_queue_depth", description="Keys ready to be handled, by loop.")
_in_flight = _meter.create_gauge("lcm_reconcile_in_flight", description="Keys being handled, by loop.")
_failing = _meter.create_gauge("lcm_reconcile_failing_keys", description="Keys whose last handling failed, by loop.")
_waited = _meter.create_histogram(
    "lcm_reconcile_queue_seconds", unit="s", description="Time a key was ready before its handling started, by loop."
)
_duration = _meter.create_histogram(
    "lcm_reconcile_duration_seconds", unit="s", description="Time a handling took, by loop and result."
)
_results = _meter.create_counter("lcm_reconcile_results_total", description="Handlings, by loop and result.")
_escalations = _meter.create_counter("lcm_reconcile_escalations_total", description="Failures told to people, by loop.")


class LoopMetrics:
    def __init__(self, loop: str) -> None:
        self._labels = {"loop": loop}

    def queue(self, *, depth: int, in_flight: int, failing: int) -> None:
        _depth.set(depth, self._labels)
        _in_flight.set(in_flight, self._labels)
        _failing.set(failing, self._labels)

    def started(self, waited_seconds: float) -> None:
        _waited.record(waited_seconds, self._labels)

    def finished(self, result: str, seconds: float) -> None:
        labels = {**self._labels, "result": result}
        _results.add(1, labels)
        _duration.record(seconds, labels)

    def escalated(self) -> None:
        _escalations.add(1, self._labels)
