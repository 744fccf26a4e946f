"""A worker template as it was at one of its versions, out of the event log."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.read_side import EventLog
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.template_history import as_of
from lcm_core.application.mediator import Query
from lcm_core.domain.commit import stream_id
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import WorkerTemplateReadModel


@dataclass(frozen=True, slots=True)
class GetWorkerTemplateVersionQuery(Query[WorkerTemplateReadModel]):
    """*version* 0 is the newest."""

    template_id: str
    version: int


class GetWorkerTemplateVersionQueryHandler:
    def __init__(self, templates: Rows[WorkerTemplateReadModel], events: EventLog) -> None:
        self._templates = templates
        self._events = events

    async def handle(self, query: GetWorkerTemplateVersionQuery) -> WorkerTemplateReadModel:
        """Raises ``NotFound`` for an unknown template, and for a version that it never had."""
        newest = await self._templates.get(query.template_id)
        if query.version in (0, newest.version):
            return newest
        if not 0 < query.version < newest.version:
            raise NotFound("version of the worker template", f"{newest.name}@{query.version}")
        stream = stream_id("worker_template", newest.id)
        return as_of(newest.id, await self._events.commits(stream, first=1, last=query.version))
