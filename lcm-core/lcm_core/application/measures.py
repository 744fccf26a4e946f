"""Duration and outcome of every command and query."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator

from opentelemetry import metrics

from lcm_core.domain.errors import LcmError

_duration = metrics.get_meter("lcm_core.mediator").create_histogram(
    "lcm_request_duration",
    unit="s",
    description="Seconds per command and query of the mediator, by name and outcome",
)


@contextlib.contextmanager
def measured(kind: str, name: str) -> Generator[None]:
    """Records the block as *kind* ("command" or "query") *name*; the outcome is "ok" or the code of the error."""
    started = time.perf_counter()
    outcome = "ok"
    try:
        yield
    except LcmError as error:
        outcome = error.code
        raise
    except BaseException as error:
        outcome = type(error).__name__
        raise
    finally:
        _duration.record(time.perf_counter() - started, {"kind": kind, "name": name, "outcome": outcome})
