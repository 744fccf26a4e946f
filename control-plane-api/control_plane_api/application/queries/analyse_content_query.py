"""What a definition would be if it were made of these files, and how it differs from the one there is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from control_plane_api.application.listings import DEFINITIONS
from control_plane_api.application.paging import PageRequest
from control_plane_api.application.read_side import ContentStore
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.content_analysis import definition_of
from control_plane_api.application.services.content_comparison import compare_content
from control_plane_api.application.services.definition_making import terms_of, uploaded
from control_plane_api.application.services.text_diff import text_diffs
from control_plane_api.domain.versions import Version, level_of
from lcm_core.application.mediator import Query
from lcm_core.contracts.definitions import AnalysedContent, ComparedContent, ContentPackage, CreateLabletDefinition
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import LabletDefinitionReadModel

_MOST_VERSIONS_LOOKED_AT = 100
_MOST_CHANGES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class AnalyseContentQuery(Query[AnalysedContent]):
    """Nothing is kept."""

    request: CreateLabletDefinition


class AnalyseContentQueryHandler:
    def __init__(self, definitions: Rows[LabletDefinitionReadModel], packages: ContentStore) -> None:
        self._definitions = definitions
        self._packages = packages

    async def handle(self, query: AnalyseContentQuery) -> AnalysedContent:
        """Raises InvalidInput with every problem found."""
        content = uploaded(query.request)
        if content is None:
            raise InvalidInput([InputProblem("/topology_yaml", "there is none to analyse")], what="lablet definition")
        made, package = await asyncio.to_thread(definition_of, terms_of(query.request), content)
        found = {name: getattr(made, name) for name in AnalysedContent.model_fields if name != "compared"}
        return AnalysedContent(**found, compared=await self._compared(query.request.name, package))

    async def _compared(self, name: str, package: ContentPackage) -> ComparedContent | None:
        named = {"status": LabletDefinitionStatus.ACTIVE.value, "name": name}
        newest = DEFINITIONS.order("-created_at")
        page = await self._definitions.page(DEFINITIONS, newest, PageRequest(_MOST_VERSIONS_LOOKED_AT), named)
        current = max(page.rows, key=lambda row: Version.parse(row.semantic_version), default=None)
        if current is None:
            return None
        if current.content_hash == package.hash:
            version = current.semantic_version
            return ComparedContent(definition_id=current.id, current_version=version, semantic_version=version)
        old = await self._packages.content(current.content_hash)
        changes = await asyncio.to_thread(compare_content, old, package)
        level = level_of(changes)
        return ComparedContent(
            definition_id=current.id,
            current_version=current.semantic_version,
            level=level,
            semantic_version=str(Version.parse(current.semantic_version).raised(level)),
            changes=changes[:_MOST_CHANGES_SHOWN],
            more_changes=max(0, len(changes) - _MOST_CHANGES_SHOWN),
            files=await asyncio.to_thread(text_diffs, _without_devices(old), _without_devices(package)),
        )


def _without_devices(package: ContentPackage) -> ContentPackage:
    """What is sent back to whoever sent it: without the file in which passwords may stand."""
    return package.model_copy(update={"content_xml": ""})
