"""One instance that is flagged now."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.scaling_records import ScalingRecords
from lcm_core.application.mediator import Query
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import StrayInstance


@dataclass(frozen=True, slots=True)
class GetStrayQuery(Query[StrayInstance]):
    ec2_instance_id: str


class GetStrayQueryHandler:
    def __init__(self, records: ScalingRecords) -> None:
        self._records = records

    async def handle(self, query: GetStrayQuery) -> StrayInstance:
        """Raises NotFound when it is not, or no longer, flagged."""
        found = await self._records.stray(query.ec2_instance_id)
        if found is None:
            raise NotFound("stray instance", query.ec2_instance_id)
        return found
