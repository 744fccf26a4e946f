"""How well a session fits on a worker that can take it: the fuller afterwards, the better.

Told twice, for one worker and for all at once. Both do the same operations on the same numbers in the same order, so
that they agree in every bit.
"""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from lcm_core.domain.capacity import peak_allocated
from lcm_core.domain.read_models import ScoringWeights
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot

DEFAULT_WEIGHTS = ScoringWeights()
_STEPS = 1e6


def fit_score(
    worker: WorkerSnapshot, request: PlacementRequest, now: datetime, weights: ScoringWeights = DEFAULT_WEIGHTS
) -> float:
    """Mean share in use after placing, over every dimension that the worker has, at the interval's peak; and bonuses.

    Rounded to millionths, so that equal fits compare equal.
    """
    after = peak_allocated(worker.allocations, request.interval, now) + request.requirements
    total, count = 0.0, 0
    for dimension, declared in worker.declared.dimensions():
        if declared:
            total += int(getattr(after, dimension)) / declared
            count += 1
    score = total / max(count, 1) * weights.fullness + (weights.busy_bonus if worker.allocations else 0.0)
    if worker.id == request.promised_worker_id:
        score += weights.promise_bonus
    return math.floor(score * _STEPS + 0.5) / _STEPS


class FitScores:
    """The same for all workers; ``declared`` is (dimension, worker)."""

    def __init__(self, declared: NDArray[np.int32]) -> None:
        self._declared = declared.astype(np.int32)
        # nothing is ever in use of what a worker does not have: its share is 0
        self._divisors = np.where(declared > 0, declared, np.inf)
        self._counts = np.maximum((declared > 0).sum(axis=0), 1).astype(np.float64)

    def of(
        self,
        needed: NDArray[np.int32],
        free: NDArray[np.int32],
        busy: NDArray[np.float64],
        promised: int | None,
        weights: ScoringWeights,
    ) -> NDArray[np.float64]:
        """Means something only for workers that can take the session. *busy* is 1.0 or 0.0, *promised* a column."""
        after = self._declared - free
        after += needed
        shares = after / self._divisors
        scores: NDArray[np.float64] = np.add.reduce(shares, axis=0)
        scores /= self._counts
        if weights.fullness != 1.0:
            scores *= weights.fullness
        scores += busy * weights.busy_bonus
        if promised is not None:
            scores[promised] += weights.promise_bonus
        scores *= _STEPS
        scores += 0.5
        np.floor(scores, out=scores)
        scores /= _STEPS
        return scores
