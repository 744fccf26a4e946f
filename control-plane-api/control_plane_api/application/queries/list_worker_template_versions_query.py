"""The history of a worker template: who changed it when, and what it said then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.read_side import EventLog
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.template_history import TemplateVersion, versions_of
from lcm_core.application.mediator import Query
from lcm_core.domain.commit import stream_id
from lcm_core.domain.read_models import WorkerTemplateReadModel


@dataclass(frozen=True, slots=True)
class ListWorkerTemplateVersionsQuery(Query[Sequence[TemplateVersion]]):
    template_id: str


class ListWorkerTemplateVersionsQueryHandler:
    def __init__(self, templates: Rows[WorkerTemplateReadModel], events: EventLog) -> None:
        self._templates = templates
        self._events = events

    async def handle(self, query: ListWorkerTemplateVersionsQuery) -> Sequence[TemplateVersion]:
        """Newest first, the last hundred. Raises ``NotFound``."""
        newest = await self._templates.get(query.template_id)
        stream = stream_id("worker_template", newest.id)
        return versions_of(newest.id, await self._events.commits(stream, first=1, last=newest.version))
