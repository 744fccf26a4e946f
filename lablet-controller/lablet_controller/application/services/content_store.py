"""Contents of definitions, fetched once each."""

from __future__ import annotations

from collections import OrderedDict

from lcm_core.contracts.definitions import ContentPackage
from lcm_core.integration.clients.control_plane_client import DefinitionsApi


class ContentStore:
    """Keeps the most recently used packages: a package never changes under its hash."""

    def __init__(self, definitions: DefinitionsApi, kept: int = 64) -> None:
        self._definitions = definitions
        self._kept = kept
        self._packages: OrderedDict[str, ContentPackage] = OrderedDict()

    async def get(self, content_hash: str) -> ContentPackage:
        package = self._packages.get(content_hash)
        if package is None:
            package = await self._definitions.content(content_hash)
            self._packages[content_hash] = package
            if len(self._packages) > self._kept:
                self._packages.popitem(last=False)
        self._packages.move_to_end(content_hash)
        return package
