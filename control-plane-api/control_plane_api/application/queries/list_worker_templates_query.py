"""All worker templates: there are never many."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import WorkerTemplateReadModel


@dataclass(frozen=True, slots=True)
class ListWorkerTemplatesQuery(Query[list[WorkerTemplateReadModel]]):
    """By name."""


class ListWorkerTemplatesQueryHandler:
    def __init__(self, templates: Rows[WorkerTemplateReadModel]) -> None:
        self._templates = templates

    async def handle(self, query: ListWorkerTemplatesQuery) -> list[WorkerTemplateReadModel]:
        del query
        return sorted(await self._templates.where(), key=lambda template: template.name)
