"""What a definition's bucket holds that it does not have, shown with everything that changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane_api.application.read_side import ContentStore
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.text_diff import text_diffs
from lcm_core.application.mediator import Query
from lcm_core.contracts.definitions import ProposedVersion
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import LabletDefinitionReadModel


@dataclass(frozen=True, slots=True)
class GetProposedVersionQuery(Query[ProposedVersion]):
    definition_id: str


class GetProposedVersionQueryHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel], packages: ContentStore) -> None:
        self._definitions = definitions
        self._packages = packages

    async def handle(self, query: GetProposedVersionQuery) -> ProposedVersion:
        """Raises ``NotFound`` also when nothing is proposed."""
        definition = await self._definitions.get(query.definition_id)
        if definition.proposal is None:
            raise NotFound("proposed version of definition", query.definition_id)
        old, new = await asyncio.gather(
            self._packages.content(definition.content_hash),
            self._packages.content(definition.proposal.content_hash),
        )
        return ProposedVersion(
            definition_id=definition.id,
            name=definition.name,
            current_version=definition.semantic_version,
            proposal=definition.proposal,
            files=await asyncio.to_thread(text_diffs, old, new),
        )
