"""What the guards say of one worker now."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from control_plane_api.application.services.scaling_records import ScalingRecords
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import CMLWorkerReadModel, ScalingKind, StandingAnswer


@dataclass(frozen=True, slots=True)
class GetStandingAnswerQuery(Query[StandingAnswer]):
    worker_id: str


class GetStandingAnswerQueryHandler:
    def __init__(self, workers: Rows[CMLWorkerReadModel], records: ScalingRecords) -> None:
        self._workers = workers
        self._records = records

    async def handle(self, query: GetStandingAnswerQuery) -> StandingAnswer:
        """Raises ``NotFound`` for an unknown worker."""
        worker = await self._workers.get(query.worker_id)
        return StandingAnswer(
            worker_id=worker.id,
            scale_down=await self._records.standing(ScalingKind.SCALE_DOWN, worker.id),
            retention=await self._records.standing(ScalingKind.RETENTION, worker.id),
        )
