"""Packages on disk, by their hash: a restart, or an outage of control-plane-api, costs no second download.

What is read back is checked against its hash, so that a file that was cut or changed is as good as none. A disk that
fails costs the cache, never a session. Passwords are not written to it, sealed or not.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

import structlog
from pydantic import ValidationError

from lcm_core.contracts.definitions import ContentPackage, package_hash

log = structlog.stdlib.get_logger(__name__)

_HASH = re.compile(r"[0-9a-f]{64}")
_SUFFIX = ".json"


class ContentCache:
    """Implements ``PackageCache``. Holds at most *max_bytes*; what was used longest ago goes first."""

    def __init__(self, directory: Path, *, max_bytes: int) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._writing = asyncio.Lock()

    async def get(self, content_hash: str) -> ContentPackage | None:
        return await asyncio.to_thread(self._read, content_hash)

    async def put(self, package: ContentPackage) -> None:
        async with self._writing:
            await asyncio.to_thread(self._write, package)

    def _read(self, content_hash: str) -> ContentPackage | None:
        file = self._file(content_hash)
        try:
            package = ContentPackage.model_validate_json(file.read_bytes())
            if package_hash(package) != content_hash or package.hash != content_hash:
                raise ValueError("it is not what its name says")
            os.utime(file)
        except FileNotFoundError:
            return None
        except (OSError, ValidationError, ValueError) as error:
            log.warning("cached_content_unusable", file=str(file), reason=str(error)[:200])
            with suppress(OSError):
                file.unlink(missing_ok=True)
            return None
        return package

    def _write(self, package: ContentPackage) -> None:
        if any(each.sealed_password for each in package.device_credentials):
            return
        data = package.model_dump_json().encode()
        if len(data) > self._max_bytes:
            return
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._make_room(self._max_bytes - len(data))
            handle, name = tempfile.mkstemp(dir=self._directory, suffix=".part")
            with os.fdopen(handle, "wb") as part:
                part.write(data)
            Path(name).replace(self._file(package.hash))
        except OSError as error:
            log.warning("content_not_cached", directory=str(self._directory), reason=str(error))

    def _make_room(self, most_bytes: int) -> None:
        """Files that a crash left half written count, and go first."""
        files = [(file, file.stat()) for file in self._directory.iterdir() if file.is_file()]
        files.sort(key=lambda each: (each[0].suffix == _SUFFIX, each[1].st_mtime_ns))
        left = sum(facts.st_size for _, facts in files)
        for file, facts in files:
            if left <= most_bytes and file.suffix == _SUFFIX:
                return
            file.unlink(missing_ok=True)
            left -= facts.st_size

    def _file(self, content_hash: str) -> Path:
        if not _HASH.fullmatch(content_hash):
            raise ValueError(f"{content_hash!r} is not the hash of a content")
        return self._directory / f"{content_hash}{_SUFFIX}"
