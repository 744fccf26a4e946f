"""Traces and durations of MongoDB commands."""

from __future__ import annotations

from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
from pymongo import monitoring

from lcm_core.observability.metrics import meter

_duration = meter("lcm_core.mongo").create_histogram(
    "lcm_mongo_command_duration_seconds", unit="s", description="Time a MongoDB command took, by command and outcome."
)
_UNINTERESTING = frozenset({"hello", "ismaster", "ping", "endSessions", "killCursors"})


class CommandDurations(monitoring.CommandListener):
    """Records how long each command took; a change stream's ``getMore`` waits by design and is left out."""

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Nothing to note: the driver measures by itself."""

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._record(event.command_name, event.duration_micros, "ok")

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._record(event.command_name, event.duration_micros, "error")

    def _record(self, command: str, micros: int, outcome: str) -> None:
        if command not in _UNINTERESTING and command != "getMore":
            _duration.record(micros / 1e6, {"command": command, "outcome": outcome})


_instrumented = False


def observe_commands() -> None:
    """Observe every MongoDB client made after this call; once per process, later calls do nothing."""
    global _instrumented
    if not _instrumented:
        PymongoInstrumentor().instrument()
        monitoring.register(CommandDurations())
        _instrumented = True
