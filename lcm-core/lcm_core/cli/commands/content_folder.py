"""A content package on this machine: a folder or a zip file, with its three texts found as the server finds them."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from lcm_core.cli.api.problem import UsageProblem
from lcm_core.domain.publication import PUBLICATION_FILE, Publication, publication_of

TEXTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("topology_yaml", frozenset({"cml.yaml", "cml.yml"})),
    ("content_xml", frozenset({"content.xml"})),
    ("grading_yaml", frozenset({"grade.yaml", "grade.yml", "grading.yaml", "grading.yml"})),
)
TERMS_FILE = "definition.yaml"
_DEEPEST = 2
_MOST_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class ContentFolder:
    """*files* by their path in the package; *texts* says which one is sent in which field."""

    name: str
    files: dict[str, bytes]
    texts: dict[str, str]
    published: str | None = None
    """Path of what the system that published it says of it."""

    def text(self, field: str) -> str:
        path = self.texts.get(field)
        return self._decoded(path) if path is not None else ""

    @property
    def publication(self) -> Publication | None:
        """Raises UsageProblem when it cannot be read."""
        if self.published is None:
            return None
        try:
            return publication_of(self._decoded(self.published))
        except ValueError as error:
            raise UsageProblem(f"{self.published}: {error}") from error

    def _decoded(self, path: str) -> str:
        try:
            return self.files[path].decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.files[path].count(b"\n", 0, error.start) + 1
            raise UsageProblem(f"{path}, line {line}: it is not UTF-8.") from error

    @property
    def others(self) -> list[str]:
        """What the server does not read as text: tasks and assets."""
        known = {*self.texts.values(), TERMS_FILE}
        return sorted(path for path in self.files if path not in known)

    def zipped(self) -> bytes:
        """Without the terms: they are no content. The same files give the same bytes."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(self.files):
                if path != TERMS_FILE:
                    archive.writestr(zipfile.ZipInfo(path), self.files[path], zipfile.ZIP_DEFLATED)
        return target.getvalue()


def read_package(where: Path) -> ContentFolder:
    """Raises UsageProblem when there is no package, no topology in it, or two."""
    if where.is_dir():
        files = _of_folder(where)
    elif zipfile.is_zipfile(where):
        files = _of_zip(where)
    else:
        raise UsageProblem(f"{where} is neither a folder nor a zip file.")
    found = {field: path for field, names in TEXTS if (path := _the_one(files, names)) is not None}
    if "topology_yaml" not in found:
        raise UsageProblem(f"{where} holds no topology: a file cml.yaml, at most two folders deep.")
    name = where.resolve().stem if where.is_file() else where.resolve().name
    return ContentFolder(name, files, found, _the_one(files, frozenset({PUBLICATION_FILE})))


def _of_folder(where: Path) -> dict[str, bytes]:
    paths = sorted(path for path in where.rglob("*") if path.is_file() and not path.is_symlink())
    kept = [path for path in paths if not any(part.startswith(".") for part in path.relative_to(where).parts)]
    _bounded(where, sum(path.stat().st_size for path in kept))
    return {path.relative_to(where).as_posix(): path.read_bytes() for path in kept}


def _of_zip(where: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(where) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _bounded(where, sum(entry.file_size for entry in entries))
        return {entry.filename: archive.read(entry) for entry in entries}


def _bounded(where: Path, size: int) -> None:
    if size > _MOST_BYTES:
        raise UsageProblem(f"{where} holds {size} bytes; a package has {_MOST_BYTES} at the most.")


def _the_one(files: dict[str, bytes], names: frozenset[str]) -> str | None:
    """The highest of that name; two at one height are refused, as the server does."""
    found = [path for path in files if path.rpartition("/")[2] in names and path.count("/") <= _DEEPEST]
    if not found:
        return None
    highest = min(path.count("/") for path in found)
    chosen = [path for path in found if path.count("/") == highest]
    if len(chosen) > 1:
        raise UsageProblem(f"{', '.join(chosen)}: only one of them can count; take the others out.")
    return chosen[0]
