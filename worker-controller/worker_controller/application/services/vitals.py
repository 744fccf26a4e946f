"""What is remembered of a worker between two looks. Losing it costs a look, nothing more."""

from __future__ import annotations

from dataclasses import dataclass

_NEVER = float("-inf")


@dataclass(slots=True)
class Vitals:
    """Monotonic seconds; ``silent_looks`` counts looks in a row at which CML did not answer."""

    looked_at: float = _NEVER
    metrics_at: float = _NEVER
    silent_looks: int = 0
    instance_missing_since: float | None = None


class VitalsBook:
    def __init__(self) -> None:
        self._by_worker: dict[str, Vitals] = {}

    def of(self, worker_id: str) -> Vitals:
        return self._by_worker.setdefault(worker_id, Vitals())

    def forget(self, worker_id: str) -> None:
        self._by_worker.pop(worker_id, None)
