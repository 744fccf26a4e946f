"""One definition."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import LabletDefinitionReadModel


@dataclass(frozen=True, slots=True)
class GetLabletDefinitionQuery(Query[LabletDefinitionReadModel]):
    definition_id: str


class GetLabletDefinitionQueryHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel]) -> None:
        self._definitions = definitions

    async def handle(self, query: GetLabletDefinitionQuery) -> LabletDefinitionReadModel:
        """Raises ``NotFound``."""
        return await self._definitions.get(query.definition_id)
