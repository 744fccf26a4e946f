"""How well a session fits on a worker that can take it: the fuller afterwards, the better."""

from __future__ import annotations

from datetime import datetime

from lcm_core.domain.capacity import peak_allocated
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot

BUSY_BONUS = 0.05
_DIGITS = 6


def fit_score(worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> float:
    """Mean share in use after placing, over every dimension that the worker has, at the interval's peak.

    Between 0 and 1, plus a small bonus for a worker that serves somebody already: empty ones are kept empty so that
    they can be stopped. Rounded, so that equal fits compare equal.
    """
    others = worker.held_by_others(request.session_id)
    after = peak_allocated(others, request.interval, now) + request.requirements
    shares = [
        int(getattr(after, dimension)) / declared for dimension, declared in worker.declared.dimensions() if declared
    ]
    fullness = sum(shares) / len(shares) if shares else 0.0
    return round(fullness + (BUSY_BONUS if others else 0.0), _DIGITS)
