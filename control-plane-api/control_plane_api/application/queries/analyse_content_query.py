"""What a definition would be if it were made of these files; nothing is kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane_api.application.services.content_analysis import definition_of
from control_plane_api.application.services.definition_making import terms_of, uploaded
from lcm_core.application.mediator import Query
from lcm_core.contracts.definitions import AnalysedContent, CreateLabletDefinition
from lcm_core.domain.errors import InputProblem, InvalidInput


@dataclass(frozen=True, slots=True)
class AnalyseContentQuery(Query[AnalysedContent]):
    request: CreateLabletDefinition


class AnalyseContentQueryHandler:
    async def handle(self, query: AnalyseContentQuery) -> AnalysedContent:
        """Raises InvalidInput with every problem found."""
        content = uploaded(query.request)
        if content is None:
            raise InvalidInput([InputProblem("/topology_yaml", "there is none to analyse")], what="lablet definition")
        made, _ = await asyncio.to_thread(definition_of, terms_of(query.request), content)
        return AnalysedContent(**{name: getattr(made, name) for name in AnalysedContent.model_fields})
