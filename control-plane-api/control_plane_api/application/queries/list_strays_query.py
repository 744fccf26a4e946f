"""Instances that are flagged now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.services.scaling_records import ScalingRecords
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import StrayInstance


@dataclass(frozen=True, slots=True)
class ListStraysQuery(Query[Sequence[StrayInstance]]):
    pass


class ListStraysQueryHandler:
    def __init__(self, records: ScalingRecords) -> None:
        self._records = records

    async def handle(self, query: ListStraysQuery) -> Sequence[StrayInstance]:
        """Longest flagged first."""
        del query
        return await self._records.strays()
