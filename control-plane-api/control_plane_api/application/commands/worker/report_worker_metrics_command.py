"""What was measured on a worker: kept beside the event log, since it decides nothing by itself (ADR 0009).

The last observation and the history of all of them are written by the same call."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import NO_CHANGE
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.metric_history import MetricHistory
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import ReportWorkerMetrics
from lcm_core.domain.json_form import instant_text, to_json_form
from lcm_core.domain.read_models import CMLWorkerReadModel

WORKER_METRICS = "worker_metrics"


@dataclass(frozen=True, slots=True)
class ReportWorkerMetricsCommand(Command[Applied]):
    worker_id: str
    request: ReportWorkerMetrics


class ReportWorkerMetricsCommandHandler:
    def __init__(self, workers: Rows[CMLWorkerReadModel], history: MetricHistory) -> None:
        self._workers = workers
        self._history = history

    async def handle(self, command: ReportWorkerMetricsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound. An older observation never replaces a newer one, nor does activity ever become unknown."""
        del ctx
        request = command.request
        known = await self._workers.get(command.worker_id)
        if known.metrics is not None and known.metrics.observed_at >= request.metrics.observed_at:
            return Applied(applied=False, why=NO_CHANGE, version=known.version)
        await self._history.append(known.id, request.metrics)
        seen = [at for at in (request.last_activity_at, known.last_activity_at) if at is not None]
        uow.attach(
            WORKER_METRICS,
            {
                "_id": known.id,
                "metrics": to_json_form(request.metrics),
                "last_activity_at": instant_text(max(seen)) if seen else None,
            },
            upsert=True,
        )
        return Applied(applied=True, version=known.version)
