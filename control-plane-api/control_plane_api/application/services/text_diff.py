"""How the texts of two packages differ, line by line, within bounds."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from lcm_core.contracts.definitions import ContentPackage, FileDiff

_MOST_LINES_COMPARED = 4_000
_MOST_LINES_SHOWN = 400
_MOST_FILES_SHOWN = 100
_LONGEST_LINE = 400
_CONTEXT = 3


def text_diffs(old: ContentPackage, new: ContentPackage) -> tuple[FileDiff, ...]:
    """One for each file that differs, at most 100. CPU-bound, and bounded: call it off the event loop."""
    found: list[FileDiff] = []
    for path, before, after in _pairs(old, new):
        if len(found) == _MOST_FILES_SHOWN:
            break
        found.append(text_diff(path, before, after))
    return tuple(found)


def text_diff(path: str, old: str | None, new: str | None) -> FileDiff:
    """A unified diff; None is a file that is not there or whose text is not kept."""
    before, after = (old or "").splitlines(), (new or "").splitlines()
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    # comparing takes the product of the lengths at the worst: only what lies between the equal ends is compared
    head = max(0, same - _CONTEXT)
    tail = _equal_tail(before[head:], after[head:])
    left, right = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(left) + len(right) > _MOST_LINES_COMPARED:
        told = f"too large to be compared: {len(left)} lines stand against {len(right)} from line {head + 1} on"
        return FileDiff(path=path, lines=(told,), cut=True)
    lines = [line[:_LONGEST_LINE] for line in difflib.unified_diff(left, right, n=_CONTEXT, lineterm="")][2:]
    lines = [_moved(line, head) for line in lines]
    return FileDiff(path=path, lines=tuple(lines[:_MOST_LINES_SHOWN]), cut=len(lines) > _MOST_LINES_SHOWN)


def _equal_tail(left: list[str], right: list[str]) -> int:
    """How many lines at the end are equal and too far from the change to be shown."""
    same = 0
    while same < min(len(left), len(right)) and left[-1 - same] == right[-1 - same]:
        same += 1
    return max(0, same - _CONTEXT)


def _moved(line: str, by: int) -> str:
    """A hunk's header with the line numbers of the whole file."""
    if not line.startswith("@@ -"):
        return line
    _, left, right, _ = line.split(" ", 3)
    return f"@@ -{_from(left, by)} +{_from(right, by)} @@"


def _from(numbers: str, by: int) -> str:
    start, comma, length = numbers[1:].partition(",")
    return f"{int(start) + by}{comma}{length}"


def _pairs(old: ContentPackage, new: ContentPackage) -> Iterator[tuple[str, str | None, str | None]]:
    texts = (
        ("cml.yaml", old.topology_yaml, new.topology_yaml),
        ("content.xml", old.content_xml, new.content_xml),
        ("grade.yaml", old.grading_yaml, new.grading_yaml),
    )
    yield from ((path, before, after) for path, before, after in texts if before != after)
    before = {file.path: file for file in old.files}
    after = {file.path: file for file in new.files}
    for path in sorted(before.keys() | after.keys()):
        left, right = before.get(path), after.get(path)
        if left is not None and right is not None and left.sha256 == right.sha256:
            continue
        kept = [file.text for file in (left, right) if file is not None]
        if all(text is not None for text in kept):
            yield path, left.text if left else None, right.text if right else None
