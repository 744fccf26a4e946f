"""Where the figures of workers are kept over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from control_plane_api.domain.metric_history import Chart, Sample, Tier
from lcm_core.domain.read_models import WorkerMetrics

WORKER_METRIC_HISTORY = "worker_metric_history"


class MetricHistory(Protocol):
    """Both raise ``StoreUnavailable`` when the database does not answer."""

    @property
    def tiers(self) -> Sequence[Tier]:
        """The resolutions that are kept, finest first."""
        ...

    async def append(self, worker_id: str, metrics: WorkerMetrics) -> None:
        """Keep an observation at every resolution, in one round trip; once, however often it is told."""
        ...

    async def samples(self, worker_id: str, chart: Chart) -> list[Sample]:
        """What is kept for *chart*, in one query."""
        ...
