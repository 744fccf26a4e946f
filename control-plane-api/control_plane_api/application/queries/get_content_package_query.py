"""The files of a definition."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.read_side import ContentStore
from lcm_core.application.mediator import Query
from lcm_core.contracts.definitions import ContentPackage


@dataclass(frozen=True, slots=True)
class GetContentPackageQuery(Query[ContentPackage]):
    content_hash: str


class GetContentPackageQueryHandler:
    def __init__(self, content: ContentStore) -> None:
        self._content = content

    async def handle(self, query: GetContentPackageQuery) -> ContentPackage:
        """Raises ``NotFound``."""
        return await self._content.content(query.content_hash)
