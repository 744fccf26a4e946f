"""How the content of one version of a definition differs from that of another."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane_api.application.read_side import ContentStore
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.content_comparison import compare_content
from control_plane_api.application.services.definition_content import require_content
from control_plane_api.application.services.text_diff import text_diffs
from control_plane_api.domain.versions import level_of
from lcm_core.application.mediator import Query
from lcm_core.contracts.definitions import ComparedVersions, ContentPackage
from lcm_core.domain.read_models import LabletDefinitionReadModel

MOST_CHANGES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class CompareDefinitionsQuery(Query[ComparedVersions]):
    base_id: str
    definition_id: str


class CompareDefinitionsQueryHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel], packages: ContentStore) -> None:
        self._definitions = definitions
        self._packages = packages

    async def handle(self, query: CompareDefinitionsQuery) -> ComparedVersions:
        """Raises ``NotFound``, and ``RuleViolation`` for one that has no content yet."""
        base, definition = await asyncio.gather(
            self._definitions.get(query.base_id), self._definitions.get(query.definition_id)
        )
        hashes = require_content(base), require_content(definition)
        old, new = await asyncio.gather(*(self._packages.content(each) for each in hashes))
        return await asyncio.to_thread(_compared, base, definition, old, new)


def _compared(
    base: LabletDefinitionReadModel, definition: LabletDefinitionReadModel, old: ContentPackage, new: ContentPackage
) -> ComparedVersions:
    same = old.hash == new.hash
    changes = () if same else compare_content(old, new)
    return ComparedVersions(
        base_id=base.id,
        base_version=base.semantic_version,
        definition_id=definition.id,
        version=definition.semantic_version,
        level=None if same else level_of(changes),
        changes=changes[:MOST_CHANGES_SHOWN],
        more_changes=max(0, len(changes) - MOST_CHANGES_SHOWN),
        files=() if same else text_diffs(old, new),
    )
