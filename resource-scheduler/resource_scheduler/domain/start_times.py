"""How long workers really took to start, so that bookings are met although templates promise too much."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel

_REMEMBERED = 20
_UNDER_WAY = frozenset({CMLWorkerStatus.PROVISIONING, CMLWorkerStatus.STARTING})


class StartTimes:
    """The last starts by template, as far as they were seen; kept in memory, a new leader goes by the templates."""

    def __init__(self) -> None:
        self._began: dict[str, datetime] = {}
        self._took: dict[str, deque[float]] = {}

    def note(self, worker: CMLWorkerReadModel, now: datetime) -> None:
        """Take note of how *worker* is at *now*."""
        if worker.on_the_way:
            seen = worker.status_changed_at if worker.status in _UNDER_WAY else _wanted_at(worker, now)
            self._began.setdefault(worker.id, seen)
            return
        began = self._began.pop(worker.id, None)
        if began is not None and worker.status is CMLWorkerStatus.RUNNING:
            took = (worker.status_changed_at - began).total_seconds()
            self._took.setdefault(worker.template_name, deque(maxlen=_REMEMBERED)).append(max(0.0, took))

    def slowest(self, template_name: str) -> float:
        """Seconds; 0 when none was seen."""
        return max(self._took.get(template_name, ()), default=0.0)


def _wanted_at(worker: CMLWorkerReadModel, now: datetime) -> datetime:
    """Since when a worker that is not launched yet is on its way."""
    if worker.expected_ready_at is None:
        return now
    return worker.expected_ready_at - timedelta(seconds=worker.startup_seconds)
