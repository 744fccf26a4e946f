"""Contents of definitions, fetched once each."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

from lcm_core.contracts.definitions import ContentPackage
from lcm_core.integration.clients.control_plane_client import DefinitionsApi


class PackageCache(Protocol):
    """Keeps packages beyond the life of the process; may forget any of them, and never fails."""

    async def get(self, content_hash: str) -> ContentPackage | None: ...

    async def put(self, package: ContentPackage) -> None: ...


class ContentStore:
    """Keeps the most recently used packages in memory, more of them in *cache*: none ever changes under its hash."""

    def __init__(self, definitions: DefinitionsApi, kept: int = 64, cache: PackageCache | None = None) -> None:
        self._definitions = definitions
        self._kept = kept
        self._cache = cache
        self._packages: OrderedDict[str, ContentPackage] = OrderedDict()

    async def get(self, content_hash: str) -> ContentPackage:
        package = self._packages.get(content_hash)
        if package is None:
            package = await self._fetch(content_hash)
            self._packages[content_hash] = package
            if len(self._packages) > self._kept:
                self._packages.popitem(last=False)
        self._packages.move_to_end(content_hash)
        return package

    async def _fetch(self, content_hash: str) -> ContentPackage:
        if self._cache is None:
            return await self._definitions.content(content_hash)
        cached = await self._cache.get(content_hash)
        if cached is not None:
            return cached
        package = await self._definitions.content(content_hash)
        await self._cache.put(package)
        return package
