"""What AWS last said of instances; losing it costs a sweep, nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from lcm_core.clock import Clock
from worker_controller.domain.cloud import CloudFigures, InstanceStatus

NotedT = TypeVar("NotedT")
_FRESH_SECONDS = 900.0


class CloudBook:
    """Figures and statuses by instance id; what is older than a quarter of an hour is not shown as new."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._figures: dict[str, tuple[float, CloudFigures]] = {}
        self._statuses: dict[str, tuple[float, InstanceStatus]] = {}

    def note_figures(self, found: Mapping[str, CloudFigures]) -> None:
        now = self._clock.monotonic()
        self._figures.update({instance_id: (now, each) for instance_id, each in found.items()})

    def note_statuses(self, found: Mapping[str, InstanceStatus]) -> None:
        now = self._clock.monotonic()
        self._statuses.update({instance_id: (now, each) for instance_id, each in found.items()})

    def figures(self, instance_id: str) -> CloudFigures | None:
        return _if_fresh(self._figures.get(instance_id), self._clock.monotonic())

    def status(self, instance_id: str) -> InstanceStatus | None:
        return _if_fresh(self._statuses.get(instance_id), self._clock.monotonic())

    def keep(self, instance_ids: Iterable[str]) -> None:
        """Forget all others."""
        kept = frozenset(instance_ids)
        for book in (self._figures, self._statuses):
            for instance_id in [each for each in book if each not in kept]:
                del book[instance_id]


def _if_fresh(noted: tuple[float, NotedT] | None, now: float) -> NotedT | None:
    if noted is None or now - noted[0] > _FRESH_SECONDS:
        return None
    return noted[1]
