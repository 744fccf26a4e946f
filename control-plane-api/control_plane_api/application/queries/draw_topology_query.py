"""The topology of a definition as a picture of it is made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane_api.application.read_side import ContentStore
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.definition_content import require_content
from control_plane_api.application.services.topology_drawing import draw_topology
from lcm_core.application.mediator import Query
from lcm_core.contracts.topology_drawing import TopologyDrawing
from lcm_core.domain.read_models import LabletDefinitionReadModel


@dataclass(frozen=True, slots=True)
class DrawTopologyQuery(Query[TopologyDrawing]):
    definition_id: str


class DrawTopologyQueryHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel], packages: ContentStore) -> None:
        self._definitions = definitions
        self._packages = packages

    async def handle(self, query: DrawTopologyQuery) -> TopologyDrawing:
        """Raises ``NotFound``, and ``RuleViolation`` for a definition that has no content yet."""
        definition = await self._definitions.get(query.definition_id)
        package = await self._packages.content(require_content(definition))
        return await asyncio.to_thread(draw_topology, package.topology_yaml)
