"""How long workers really took to start, so that bookings are met although templates promise too much."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel

_REMEMBERED = 20
_ENOUGH = 20
"""Of so many starts 95 % can be told from the slowest: of five, one in six to come is slower than all of them."""
_UNDER_WAY = frozenset({CMLWorkerStatus.PROVISIONING, CMLWorkerStatus.STARTING})


@dataclass(frozen=True, slots=True)
class _Kind:
    """A stopped worker is up sooner than one that must be launched: they are not compared with each other."""

    template_name: str
    was_stopped: bool


@dataclass(frozen=True, slots=True)
class _Start:
    began: datetime
    kind: _Kind


class StartTimes:
    """The last starts by template, as far as they were seen; kept in memory, a new leader goes by the templates."""

    def __init__(self) -> None:
        self._under_way: dict[str, _Start] = {}
        self._took: dict[_Kind, deque[float]] = {}

    def note(self, worker: CMLWorkerReadModel, now: datetime) -> None:
        """Take note of how *worker* is at *now*."""
        if worker.on_the_way:
            seen = worker.status_changed_at if worker.status in _UNDER_WAY else _wanted_at(worker, now)
            kind = _Kind(worker.template_name, worker.status is CMLWorkerStatus.STARTING)
            self._under_way.setdefault(worker.id, _Start(seen, kind))
            return
        start = self._under_way.pop(worker.id, None)
        if start is not None and worker.status is CMLWorkerStatus.RUNNING:
            took = (worker.status_changed_at - start.began).total_seconds()
            self._took.setdefault(start.kind, deque(maxlen=_REMEMBERED)).append(max(0.0, took))

    def began(self, worker_id: str) -> datetime | None:
        """Since when a worker is on its way; None when it is not, as far as was seen."""
        start = self._under_way.get(worker_id)
        return None if start is None else start.began

    def usual(self, worker: CMLWorkerReadModel) -> float:
        """Seconds in which 95 of 100 starts like the one of *worker* are over; until enough were seen, the slowest that
        was, or what the template says if that is more."""
        start = self._under_way.get(worker.id)
        took = () if start is None else tuple(self._took.get(start.kind, ()))
        return p95(took) if len(took) >= _ENOUGH else max((worker.startup_seconds, *took))

    def slowest(self, template_name: str) -> float:
        """Seconds; 0 when none was seen."""
        return max((max(took) for kind, took in self._took.items() if kind.template_name == template_name), default=0.0)


def p95(values: Sequence[float]) -> float:
    """The least of *values*, of which there has to be one, that 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def _wanted_at(worker: CMLWorkerReadModel, now: datetime) -> datetime:
    """Since when a worker that is not launched yet is on its way."""
    if worker.expected_ready_at is None:
        return now
    return worker.expected_ready_at - timedelta(seconds=worker.startup_seconds)
