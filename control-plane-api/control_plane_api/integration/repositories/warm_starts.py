"""How sessions of definitions with a warm pool began."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from control_plane_api.application.services.warm_start import WARM_STARTS
from lcm_core.domain.json_form import instant_text
from lcm_core.domain.read_models import WarmPoolMeasures
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors

_MEASURED = {"_id": 0, "definition_name": 1, "hit": 1, "saved_seconds": 1, "why": 1}


class MongoWarmStarts:
    """``WarmStarts``."""

    def __init__(self, database: Database) -> None:
        self._starts = database[WARM_STARTS]

    async def measures(self, definition_names: Sequence[str], since: datetime) -> dict[str, WarmPoolMeasures]:
        """One query for all: of a single definition its own starts are read, of several all that began since then."""
        matching: Document = {"at": {"$gte": instant_text(since)}}
        if len(definition_names) == 1:
            matching["definition_name"] = definition_names[0]
        with store_errors(f"reading {WARM_STARTS}"):
            found = await self._starts.find(matching, _MEASURED).to_list()
        starts: dict[str, list[Document]] = defaultdict(list)
        for each in found:
            starts[each["definition_name"]].append(each)
        return {name: _measures(starts[name], since) for name in definition_names}


def _measures(starts: Sequence[Document], since: datetime) -> WarmPoolMeasures:
    hits = [each for each in starts if each["hit"]]
    misses = Counter(str(each["why"]) for each in starts if not each["hit"])
    return WarmPoolMeasures(
        since=since,
        hits=len(hits),
        misses=sum(misses.values()),
        saved_seconds=round(sum(float(each["saved_seconds"]) for each in hits), 3),
        misses_by_reason=dict(misses),
    )
