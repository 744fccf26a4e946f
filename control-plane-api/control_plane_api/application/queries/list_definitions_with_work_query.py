"""Definitions for which lablet-controller has something to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import LabletDefinitionReadModel
from lcm_core.domain.read_models.content_sync import OutsideWork


@dataclass(frozen=True, slots=True)
class ListDefinitionsWithWorkQuery(Query[Sequence[LabletDefinitionReadModel]]): ...


class ListDefinitionsWithWorkQueryHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel]) -> None:
        self._definitions = definitions

    async def handle(self, query: ListDefinitionsWithWorkQuery) -> Sequence[LabletDefinitionReadModel]:
        del query
        return await self._definitions.in_any("outside_work", [work.value for work in OutsideWork])
