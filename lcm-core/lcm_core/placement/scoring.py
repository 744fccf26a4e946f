"""How well a session fits on a worker that can take it: the fuller afterwards, the better.

Told twice, for one worker and for all at once. Both do the same operations on the same numbers in the same order, so
that they agree in every bit.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from lcm_core.domain.capacity import peak_allocated
from lcm_core.domain.read_models import ScoringWeights
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot

DEFAULT_WEIGHTS = ScoringWeights()
PREPARED_COUNTS_WITHIN = timedelta(hours=1)
"""A lab that stands ready now tells nothing of a session that begins later than this."""
POINTS = 1e6
"""Scores are whole millionths, so that equal fits compare equal."""
_HALF = 0.5
"""What makes of cutting off a rounding."""


def fit_score(
    worker: WorkerSnapshot, request: PlacementRequest, now: datetime, weights: ScoringWeights = DEFAULT_WEIGHTS
) -> float:
    """Mean share in use after placing, over every dimension that the worker has, at its peak; and the bonuses."""
    total, shares = 0.0, shares_in_use(worker, request, now)
    for share in shares.values():
        total += share
    points = total * (POINTS * weights.fullness / max(len(shares), 1))
    points += _HALF + (POINTS * weights.busy_bonus if worker.held_by_others(request.session_id) else 0.0)
    if begins_prepared(worker, request, now):
        points += POINTS * weights.prepared_bonus
    if worker.id == request.promised_worker_id:
        points += POINTS * weights.promise_bonus
    return math.floor(points) / POINTS


def shares_in_use(worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> dict[str, float]:
    """Of every dimension that the worker has, the share in use after placing, at its peak: 0 to 1 where it fits."""
    others = worker.held_by_others(request.session_id)
    after = peak_allocated(others, request.interval, now) + request.requirements
    return {
        dimension: int(getattr(after, dimension)) / declared
        for dimension, declared in worker.declared.dimensions()
        if declared
    }


def wanted_prepared(request: PlacementRequest, now: datetime) -> str:
    """The content of which a prepared lab counts; "" when none does."""
    return request.content_hash if request.serve_by - now <= PREPARED_COUNTS_WITHIN else ""


def begins_prepared(worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> bool:
    """Whether the session would begin there on a lab that is imported already."""
    return bool(worker.prepared) and wanted_prepared(request, now) in worker.prepared


class FitPoints:
    """The same for all workers, in millionths; ``declared`` is (dimension, worker)."""

    def __init__(self, declared: NDArray[np.int32]) -> None:
        # nothing is ever in use of what a worker does not have: its share is 0
        self._divisors = np.where(declared > 0, declared, np.inf)
        self._counts = np.maximum((declared > 0).sum(axis=0), 1)
        self._per_share = (0.0, np.zeros(0))

    def of(
        self,
        needed: NDArray[np.int32],
        held: NDArray[np.int32],
        bonus: NDArray[np.float64],
        prepared: NDArray[np.intp] | None,
        promised: int | None,
        weights: ScoringWeights,
    ) -> NDArray[np.float64]:
        """Means something only for workers that can take the session.

        *held* is used up; *bonus* is that of ``busy_points``; *prepared* are the columns of workers
        with a prepared lab, *promised* is one column.
        """
        held += needed
        points: NDArray[np.float64] = np.add.reduce(held / self._divisors, axis=0)
        points *= self._points_per_share(weights.fullness)
        points += bonus
        if prepared is not None:
            points[prepared] += POINTS * weights.prepared_bonus
        if promised is not None:
            points[promised] += POINTS * weights.promise_bonus
        return np.floor(points, out=points)

    def _points_per_share(self, fullness: float) -> NDArray[np.float64]:
        known, per_share = self._per_share
        if known != fullness or not per_share.size:
            per_share = POINTS * fullness / self._counts
            self._per_share = (fullness, per_share)
        return per_share


def busy_points(bookings: NDArray[np.int32], weights: ScoringWeights) -> NDArray[np.float64]:
    """What a worker gets for serving somebody already, and the half that rounds."""
    return _HALF + np.where(bookings > 0, POINTS * weights.busy_bonus, 0.0)
