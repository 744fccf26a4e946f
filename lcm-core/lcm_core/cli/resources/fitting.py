"""Whether a row that the live stream told of is one that the filters of its list would find."""

from __future__ import annotations

from collections.abc import Mapping

from lcm_core.cli.api.client import Row
from lcm_core.cli.resources.cells import at, instant

_ORDER = "sort"
_SEARCHED = ("name", "semantic_version")
_AT_OTHER_PATHS = {"username": "candidate.username", "definition_name": "pool.definition_name"}


def fits(row: Row, filters: Mapping[str, str]) -> bool:
    """As the API filters: a window of time is one in which the slot begins, its end not included; words that are
    searched for all stand in the name or the version.
    """
    return all(_holds(row, name, wanted) for name, wanted in filters.items() if name != _ORDER)


def _holds(row: Row, name: str, wanted: str) -> bool:
    if name == "search":
        texts = [str(at(row, path)).casefold() for path in _SEARCHED]
        return all(any(word in text for text in texts) for word in wanted.casefold().split())
    if name not in ("from", "to"):
        return str(at(row, _AT_OTHER_PATHS.get(name, name))) == wanted
    begins, limit = instant(at(row, "timeslot.start")), instant(wanted)
    if begins is None or limit is None:
        return False
    return begins >= limit if name == "from" else begins < limit
