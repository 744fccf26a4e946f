"""What was observed of each definition, one document each."""

from __future__ import annotations

from control_plane_api.application.services.observed_times import ObservedTimes
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import store_errors

OBSERVED_TIMES = "observed_times"


class MongoObservedTimes:
    """``ObservedTimesStore``."""

    def __init__(self, database: Database) -> None:
        self._times = database[OBSERVED_TIMES]

    async def find(self, definition_id: str) -> ObservedTimes:
        with store_errors(f"reading {OBSERVED_TIMES}"):
            found = await self._times.find_one({"_id": definition_id})
        if found is None:
            return ObservedTimes(definition_id=definition_id)
        return ObservedTimes.model_validate({**found, "definition_id": definition_id})

    async def save(self, times: ObservedTimes) -> None:
        document = times.model_dump(exclude={"definition_id"})
        with store_errors(f"writing {OBSERVED_TIMES}"):
            await self._times.replace_one({"_id": times.definition_id}, document, upsert=True)
