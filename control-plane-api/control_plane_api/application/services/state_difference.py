"""What is different between two states in JSON form, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from lcm_core.contracts.audit import AuditDifference

MOST_DIFFERENCES = 1_000
_ABSENT: Any = object()


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[AuditDifference]:
    """In order of their paths, the first MOST_DIFFERENCES. Elements of lists are compared by their place."""
    return list(islice(_differences(before if before is not None else {}, after, ""), MOST_DIFFERENCES))


def _differences(before: Any, after: Any, path: str) -> Iterator[AuditDifference]:
    if before is _ABSENT:
        yield AuditDifference(path=path, change="added", after=after)
    elif after is _ABSENT:
        yield AuditDifference(path=path, change="removed", before=before)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        left, right = cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after)
        for name in sorted(left.keys() | right.keys()):
            step = name.replace("~", "~0").replace("/", "~1")
            yield from _differences(left.get(name, _ABSENT), right.get(name, _ABSENT), f"{path}/{step}")
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_lists(cast("list[Any]", before), cast("list[Any]", after), path)
    elif before != after or type(before) is not type(after):
        yield AuditDifference(path=path, change="changed", before=cast("Any", before), after=cast("Any", after))


def _in_lists(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[AuditDifference]:
    for place in range(max(len(before), len(after))):
        left = before[place] if place < len(before) else _ABSENT
        right = after[place] if place < len(after) else _ABSENT
        yield from _differences(left, right, f"{path}/{place}")
