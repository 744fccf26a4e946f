"""The load of a worker over time, for charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from control_plane_api.application.rows import Rows
from control_plane_api.application.services.metric_history import MetricHistory
from control_plane_api.domain.metric_history import Figure, Folded, chart_of, fold
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import METRIC_UNITS, CMLWorkerReadModel, MetricSeries, WorkerMetricSeries

_DEFAULT_SPAN = timedelta(hours=1)
_LONGEST_SPAN = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class GetWorkerMetricsQuery(Query[WorkerMetricSeries]):
    """*end* is now and *start* an hour before it unless they are given; so is *step*, in seconds, chosen."""

    worker_id: str
    start: datetime | None = None
    end: datetime | None = None
    step: int | None = None


class GetWorkerMetricsQueryHandler:
    def __init__(self, history: MetricHistory, workers: Rows[CMLWorkerReadModel], clock: Clock) -> None:
        self._history = history
        self._workers = workers
        self._clock = clock

    async def handle(self, query: GetWorkerMetricsQuery) -> WorkerMetricSeries:
        """Raises ``NotFound`` for a worker that neither is nor was, ``InvalidInput`` for a span that is none."""
        now = self._clock.now()
        end = query.end or now
        start = query.start or end - _DEFAULT_SPAN
        _require_span(start, end)
        chart = chart_of(self._history.tiers, start.timestamp(), end.timestamp(), query.step, now.timestamp())
        samples = await self._history.samples(query.worker_id, chart)
        if not samples:
            await self._workers.get(query.worker_id)
        folded = fold(samples, chart, len(METRIC_UNITS))
        return WorkerMetricSeries(
            worker_id=query.worker_id,
            start=start,
            end=end,
            step_seconds=chart.step,
            resolution_seconds=chart.tier.step,
            at=tuple(datetime.fromtimestamp(at, UTC) for at in folded.at),
            series=_series(folded),
        )


def _require_span(start: datetime, end: datetime) -> None:
    if start >= end:
        raise InvalidInput([InputProblem("/from", f"must be before {end.isoformat()}")], what="span of time")
    if end - start > _LONGEST_SPAN:
        raise InvalidInput([InputProblem("/from", f"at most {_LONGEST_SPAN.days} days at once")], what="span of time")


def _series(folded: Folded) -> tuple[MetricSeries, ...]:
    """Figures that were never observed are left out."""
    columns = ((name, [row[place] for row in folded.rows]) for place, name in enumerate(METRIC_UNITS))
    return tuple(
        MetricSeries(
            name=name,
            unit=METRIC_UNITS[name],
            mean=tuple(_mean(figure) for figure in column),
            peak=tuple(round(figure.peak, 3) if figure.count else None for figure in column),
        )
        for name, column in columns
        if any(figure.count for figure in column)
    )


def _mean(figure: Figure) -> float | None:
    return round(figure.total / figure.count, 3) if figure.count else None
