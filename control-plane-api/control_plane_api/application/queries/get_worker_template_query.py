"""One worker template."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import WorkerTemplateReadModel


@dataclass(frozen=True, slots=True)
class GetWorkerTemplateQuery(Query[WorkerTemplateReadModel]):
    template_id: str


class GetWorkerTemplateQueryHandler:
    def __init__(self, templates: Rows[WorkerTemplateReadModel]) -> None:
        self._templates = templates

    async def handle(self, query: GetWorkerTemplateQuery) -> WorkerTemplateReadModel:
        """Raises ``NotFound``."""
        return await self._templates.get(query.template_id)
