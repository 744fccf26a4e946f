"""Which file of a package is what: its topology, what the learner sees, its grading rules, and everything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lablet_controller.domain.package_files import PackageEntry, package_invalid
from lcm_core.contracts.definitions import MAX_KEPT_TEXT_CHARACTERS, PackageFile, SyncedContent
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.publication import PUBLICATION_FILE, Publication, publication_of

_TOPOLOGY = frozenset({"cml.yaml", "cml.yml"})
_CONTENT = frozenset({"content.xml"})
_GRADING = frozenset({"grade.yaml", "grade.yml", "grading.yaml", "grading.yml"})
_PUBLISHED = frozenset({PUBLICATION_FILE})
_LARGEST: tuple[tuple[frozenset[str], int], ...] = (
    (_TOPOLOGY, 2_000_000),
    (_CONTENT, 500_000),
    (_GRADING, 500_000),
    (_PUBLISHED, 100_000),
)
_DEEPEST = 2
"""Folders that the three may lie in: real packages have them in one of their own."""
_MOST_TEXT_KEPT = 1_000_000


def content_of(entries: Sequence[PackageEntry], fingerprint: str) -> SyncedContent:
    """Raises InvalidInput with every file that is missing, there twice, too large or no text."""
    problems: list[InputProblem] = []
    topology = _the_one(entries, _TOPOLOGY, problems)
    content = _the_one(entries, _CONTENT, problems)
    grading = _the_one(entries, _GRADING, problems)
    if topology is None and not problems:
        problems.append(InputProblem("/cml.yaml", "there is none; a package has one topology, cml.yaml or cml.yml"))
    core = [entry for entry in (topology, content, grading) if entry is not None]
    texts = {entry.path: _text(entry, problems) for entry in core}
    publication = _publication(_the_one(entries, _PUBLISHED, problems), problems)
    if topology is not None and not texts[topology.path].strip() and not problems:
        problems.append(InputProblem(f"/{topology.path}", "it is empty"))
    if problems:
        raise package_invalid(*problems)
    others = [entry for entry in entries if entry.path not in texts]
    return SyncedContent(
        topology_yaml=texts[topology.path] if topology else "",
        content_xml=texts[content.path] if content else "",
        grading_yaml=texts[grading.path] if grading else "",
        files=tuple(_files(others)),
        publication=publication,
        fingerprint=fingerprint,
    )


def told_by_file(error: InvalidInput, entries: Sequence[PackageEntry]) -> InvalidInput:
    """*error* with the names of the package's files where it names the fields that they were sent in."""
    named = {
        "/topology_yaml": _the_one(entries, _TOPOLOGY, []),
        "/content_xml": _the_one(entries, _CONTENT, []),
        "/grading_yaml": _the_one(entries, _GRADING, []),
    }
    problems: list[InputProblem] = []
    for problem in error.errors:
        field = next((field for field in named if problem.path.startswith(field)), None)
        entry = named[field] if field is not None else None
        path = f"/{entry.path}{problem.path[len(field or '') :]}" if entry is not None else problem.path
        problems.append(InputProblem(path, problem.message))
    return InvalidInput(problems, what="content package", code=error.code)


def _the_one(
    entries: Iterable[PackageEntry], names: frozenset[str], problems: list[InputProblem]
) -> PackageEntry | None:
    """The highest of that name; two at the same height are a problem, for nobody could say which one counts."""
    found = [entry for entry in entries if entry.path.rpartition("/")[2] in names]
    found = [entry for entry in found if entry.path.count("/") <= _DEEPEST]
    if not found:
        return None
    highest = min(entry.path.count("/") for entry in found)
    chosen = [entry for entry in found if entry.path.count("/") == highest]
    if len(chosen) > 1:
        listed = ", ".join(entry.path for entry in chosen)
        problems.append(InputProblem(f"/{chosen[0].path}", f"it is not the only one of its kind: {listed}"))
    return chosen[0]


def _publication(entry: PackageEntry | None, problems: list[InputProblem]) -> Publication | None:
    text = _text(entry, problems) if entry is not None else ""
    if entry is None or not text:
        return None
    try:
        return publication_of(text)
    except ValueError as error:
        problems.append(InputProblem(f"/{entry.path}", str(error)))
        return None


def _text(entry: PackageEntry, problems: list[InputProblem]) -> str:
    largest = next(size for names, size in _LARGEST if entry.path.rpartition("/")[2] in names)
    if entry.size > largest:
        problems.append(InputProblem(f"/{entry.path}", f"it is larger than {largest} bytes"))
        return ""
    if entry.body is None:
        problems.append(InputProblem(f"/{entry.path}", "the files before it are too large to look into this one"))
        return ""
    try:
        return entry.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = entry.body.count(b"\n", 0, error.start) + 1
        problems.append(InputProblem(f"/{entry.path}", f"line {line}: it is not UTF-8"))
        return ""


def _files(entries: Iterable[PackageEntry]) -> Iterable[PackageFile]:
    """The text of small text files is kept as far as there is room, to show later what changed in them."""
    room = _MOST_TEXT_KEPT
    for entry in entries:
        text = _small_text(entry) if entry.size <= min(room, MAX_KEPT_TEXT_CHARACTERS) else None
        room -= entry.size if text is not None else 0
        yield PackageFile(path=entry.path, sha256=entry.sha256, size=entry.size, text=text)


def _small_text(entry: PackageEntry) -> str | None:
    if entry.body is None or b"\0" in entry.body:
        return None
    try:
        return entry.body.decode()
    except UnicodeDecodeError:
        return None
