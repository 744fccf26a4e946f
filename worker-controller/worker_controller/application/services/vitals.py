"""What is remembered of a worker between two looks. Losing it costs a look, nothing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from lcm_core.domain.read_models import DriftFinding, DriftKind
from worker_controller.application.services import worker_metrics

_NEVER = float("-inf")
_A_FLEET = 4


@dataclass(slots=True)
class Vitals:
    """Monotonic seconds; ``silent_looks`` counts looks in a row at which CML did not answer.

    ``changed`` says that the host told of a change since the last look. ``unclaimed_labs`` are those that no session
    stood for at the last look, when the host had ``labs`` (None before the first) and the worker held room for
    ``claims``. ``answered_at`` is when CML answered last, ``silent_from`` since when its silence counts, ``refreshed``
    the request for a look that was met last.
    """

    looked_at: float = _NEVER
    metrics_at: float = _NEVER
    silent_looks: int = 0
    instance_missing_since: float | None = None
    answered_at: datetime | None = None
    silent_from: datetime | None = None
    refreshed: datetime | None = None
    changed: bool = False
    labs: frozenset[str] | None = None
    claims: frozenset[str] = frozenset()
    unclaimed_labs: frozenset[str] = frozenset()
    impaired: bool = False
    drift: frozenset[DriftKind] = field(default_factory=frozenset[DriftKind])


class VitalsBook:
    """*on_forget* is told of each worker that is not watched any more."""

    def __init__(self, on_forget: Callable[[str], None] = lambda worker_id: None) -> None:
        self._by_worker: dict[str, Vitals] = {}
        self._on_forget = on_forget

    def of(self, worker_id: str) -> Vitals:
        return self._by_worker.setdefault(worker_id, Vitals())

    def most_are_silent(self, looked_at_since: float) -> bool:
        """Of four hosts or more, more than half: then it may be us who cannot reach them.

        Only those that were looked at lately count, in monotonic seconds: others are gone, or somebody else's by now.
        """
        watched = [each for each in self._by_worker.values() if each.looked_at >= looked_at_since]
        silent = sum(each.silent_looks > 0 for each in watched)
        return len(watched) >= _A_FLEET and silent * 2 > len(watched)

    def forget(self, worker_id: str) -> None:
        self._on_forget(worker_id)
        if self._by_worker.pop(worker_id, None) is not None:
            self._count()

    def note_change(self, worker_id: str) -> None:
        """Its next look is due now, figures included. A worker that is not watched has none."""
        known = self._by_worker.get(worker_id)
        if known is not None:
            known.changed = True

    def note_drift(self, worker_id: str, drift: Iterable[DriftFinding]) -> None:
        known, kinds = self.of(worker_id), frozenset(each.what for each in drift)
        if kinds != known.drift:
            known.drift = kinds
            self._count()

    def note_impaired(self, worker_id: str, impaired: bool) -> None:
        known = self.of(worker_id)
        if impaired != known.impaired:
            known.impaired = impaired
            self._count()

    def _count(self) -> None:
        drifting = Counter(what for each in self._by_worker.values() for what in each.drift)
        for what in DriftKind:
            worker_metrics.drifting(what.value, drifting[what])
        worker_metrics.impaired_instances(sum(each.impaired for each in self._by_worker.values()))
