"""Latency and errors of calls to CML hosts by operation; hosts are many, so that they are no label."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from lcm_core.domain.errors import LcmError
from lcm_core.observability.metrics import meter

_meter = meter("worker_controller")
_duration = _meter.create_histogram(
    "lcm_cml_call_duration_seconds", unit="s", description="Time of a call to a CML host, by operation."
)
_errors = _meter.create_counter(
    "lcm_cml_call_errors_total", description="Calls to CML hosts that failed, by operation and code."
)


@contextmanager
def measured(operation: str) -> Iterator[None]:
    """Around one call."""
    started = time.perf_counter()
    try:
        yield
    except LcmError as error:
        _errors.add(1, {"operation": operation, "code": error.code})
        raise
    finally:
        _duration.record(time.perf_counter() - started, {"operation": operation})
