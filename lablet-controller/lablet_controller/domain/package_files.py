"""The files of a content package as they come from an archive or a bucket: bounded, and under names that are safe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from lcm_core.contracts.definitions import MAX_PACKAGE_FILES, MAX_PATH_CHARACTERS
from lcm_core.domain.errors import InputProblem, InvalidInput

_MAX_DEPTH = 16
_DRIVE = re.compile(r"^[A-Za-z]:")
_LEFTOVERS = frozenset({".DS_Store", "Thumbs.db"})
_LEFTOVER_FOLDERS = frozenset({"__MACOSX"})


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """Bytes and numbers that no package may exceed; *kept_bytes* bounds what is held of all the bodies together."""

    packed_bytes: int = 64_000_000
    file_bytes: int = 32_000_000
    total_bytes: int = 128_000_000
    files: int = MAX_PACKAGE_FILES
    kept_file_bytes: int = 2_000_000
    kept_bytes: int = 16_000_000


@dataclass(frozen=True, slots=True)
class PackageEntry:
    """One file. ``body`` is None where it is too large to be looked into; its hash is known all the same."""

    path: str
    size: int
    sha256: str
    body: bytes | None


def package_invalid(*problems: InputProblem) -> InvalidInput:
    return InvalidInput(list(problems), what="content package", code="content-package-invalid")


def refused(path: str, why: str) -> InvalidInput:
    """The name as it was written, bounded: it may be anything."""
    return package_invalid(InputProblem(f"/{path[:MAX_PATH_CHARACTERS]}", why))


def safe_path(name: str) -> str | None:
    """*name* as a path inside the package; None for what file managers leave behind.

    Raises InvalidInput for a name that could mean a place outside, or two places.
    """
    if not name or len(name) > MAX_PATH_CHARACTERS:
        raise refused(name, f"a name has 1 to {MAX_PATH_CHARACTERS} characters")
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        raise refused(repr(name), "its name has control characters")
    if "\\" in name:
        raise refused(name, "its name has a backslash, which is a folder on some systems and not on others")
    if name.startswith("/") or _DRIVE.match(name):
        raise refused(name, "its name is an absolute path; files of a package lie inside it")
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise refused(name, "its name leads through '..', '.' or an empty folder; files of a package lie inside it")
    if len(parts) > _MAX_DEPTH:
        raise refused(name, f"it lies more than {_MAX_DEPTH} folders deep")
    if parts[-1] in _LEFTOVERS or _LEFTOVER_FOLDERS & set(parts):
        return None
    return str(PurePosixPath(*parts))


class PackageBuilder:
    """Collects entries and keeps count; every way of reading a package goes through here."""

    def __init__(self, limits: PackageLimits) -> None:
        self._limits = limits
        self._entries: dict[str, PackageEntry] = {}
        self._names: dict[str, str] = {}
        self._total = 0
        self._kept = 0

    def claim(self, name: str) -> str | None:
        """A place for *name*; None when it is to be left out. Raises InvalidInput when there is no place for it."""
        path = safe_path(name)
        if path is None:
            return None
        before = self._names.setdefault(path.casefold(), path)
        if before != path or path in self._entries:
            raise refused(path, "it is there twice" if before == path else f"it is {before!r} in other letters")
        if len(self._names) > self._limits.files:
            raise package_invalid(InputProblem("", f"more than {self._limits.files} files"))
        return path

    def room_for(self, path: str, size: int) -> None:
        """Raises InvalidInput when *size* more bytes are too many; called as they come, since what is said may lie."""
        if size > self._limits.file_bytes:
            raise refused(path, f"it is larger than {self._limits.file_bytes} bytes")
        if self._total + size > self._limits.total_bytes:
            raise package_invalid(InputProblem("", f"unpacked it is larger than {self._limits.total_bytes} bytes"))

    def keeps(self, size: int) -> bool:
        """Whether a body of *size* bytes is still to be held."""
        return size <= self._limits.kept_file_bytes and self._kept + size <= self._limits.kept_bytes

    def add(self, path: str, size: int, sha256: str, body: bytes | None) -> None:
        self.room_for(path, size)
        self._total += size
        self._kept += len(body) if body is not None else 0
        self._entries[path] = PackageEntry(path, size, sha256, body)

    def entries(self) -> tuple[PackageEntry, ...]:
        return tuple(self._entries[path] for path in sorted(self._entries))
