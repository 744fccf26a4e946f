"""How sessions of definitions with a warm pool began."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from control_plane_api.application.services.warm_start import WARM_STARTS
from lcm_core.domain.json_form import instant_text
from lcm_core.domain.read_models import WarmPoolMeasures
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import store_errors


class MongoWarmStarts:
    """``WarmStarts``."""

    def __init__(self, database: Database) -> None:
        self._starts = database[WARM_STARTS]

    async def measures(self, definition_name: str, since: datetime) -> WarmPoolMeasures:
        matching = {"definition_name": definition_name, "at": {"$gte": instant_text(since)}}
        with store_errors(f"reading {WARM_STARTS}"):
            found = await self._starts.find(matching, {"hit": 1, "saved_seconds": 1, "why": 1}).to_list()
        hits = [each for each in found if each["hit"]]
        misses = Counter(str(each["why"]) for each in found if not each["hit"])
        return WarmPoolMeasures(
            since=since,
            hits=len(hits),
            misses=sum(misses.values()),
            saved_seconds=round(sum(float(each["saved_seconds"]) for each in hits), 3),
            misses_by_reason=dict(misses),
        )
