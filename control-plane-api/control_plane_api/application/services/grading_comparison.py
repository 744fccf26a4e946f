"""What differs between two sets of grading rules, and whether scores from before and after can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from control_plane_api.application.services.bounded_yaml import load_bounded_yaml
from lcm_core.domain.read_models.content_sync import ChangeLevel, ContentChange

_Raw = Mapping[str, Any]


def compare_grading(old_yaml: str, new_yaml: str) -> Iterator[ContentChange]:
    """Both were accepted before."""
    if old_yaml == new_yaml:
        return
    old, new = _rules(old_yaml), _rules(new_yaml)
    found = False
    for change in (*_frame(old, new), *_items(_items_of(old), _items_of(new))):
        found = True
        yield change
    if not found:
        yield ContentChange(what="file", name="grade.yaml", change="changed", level=ChangeLevel.PATCH)


def _frame(old: _Raw, new: _Raw) -> Iterator[ContentChange]:
    if old.get("cut_score") != new.get("cut_score"):
        detail = f"{old.get('cut_score')} → {new.get('cut_score')}"
        yield ContentChange(what="grading", name="cut_score", change="changed", level=ChangeLevel.MAJOR, detail=detail)


def _items(old: Mapping[str, _Raw], new: Mapping[str, _Raw]) -> Iterator[ContentChange]:
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            how = "added" if before is None else "removed"
            yield ContentChange(what="grading", name=name, change=how, level=ChangeLevel.MAJOR)
        elif before != after:
            fields = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
            level = ChangeLevel.MAJOR if "points" in fields else ChangeLevel.MINOR
            yield ContentChange(what="grading", name=name, change="changed", level=level, detail=", ".join(fields))


def _rules(text: str) -> _Raw:
    return load_bounded_yaml(text).value if text.strip() else {}


def _items_of(rules: _Raw) -> dict[str, _Raw]:
    """Items by section and name; those of one name in one section are numbered."""
    found: dict[str, _Raw] = {}
    for section in rules.get("sections") or ():
        for item in section.get("items") or ():
            name = base = f"{section['name']} / {item['name']}"
            number = 1
            while name in found:
                number += 1
                name = f"{base} ({number})"
            found[name] = item
    return found
