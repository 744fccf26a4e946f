"""Whether a row that the live stream told of is one that the filters of its list would find."""

from __future__ import annotations

from collections.abc import Mapping

from lcm_core.cli.api.client import Row
from lcm_core.cli.resources.cells import at, instant

_ORDER = "sort"
_AT_OTHER_PATHS = {"username": "candidate.username", "definition_name": "pool.definition_name"}


def fits(row: Row, filters: Mapping[str, str]) -> bool:
    """As the API filters: a window of time is one in which the slot begins, its end not included."""
    return all(_holds(row, name, wanted) for name, wanted in filters.items() if name != _ORDER)


def _holds(row: Row, name: str, wanted: str) -> bool:
    if name not in ("from", "to"):
        return str(at(row, _AT_OTHER_PATHS.get(name, name))) == wanted
    begins, limit = instant(at(row, "timeslot.start")), instant(wanted)
    if begins is None or limit is None:
        return False
    return begins >= limit if name == "from" else begins < limit
