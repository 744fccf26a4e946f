"""Keys of requests that were done, for a day or so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from control_plane_api.application.conditions import IDEMPOTENCY_KEYS
from control_plane_api.application.idempotency import KeptKey
from lcm_core.eventstore.collections import Database, create_collection
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.eventstore.together import Together


class MongoIdempotencyKeys:
    """Reads what ``ConditionalUnitsOfWork`` writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = database[IDEMPOTENCY_KEYS]
        self._together = Together(self._look_up)

    async def ensure_indexes(self) -> None:
        await create_collection(self._database, IDEMPOTENCY_KEYS)
        await self._keys.create_index("expires_at", expireAfterSeconds=0)

    async def find(self, id: str) -> KeptKey | None:
        return await self._together.of(id)

    async def _look_up(self, ids: Sequence[str]) -> Mapping[str, KeptKey]:
        with store_errors("looking for an idempotency key"):
            found = await self._keys.find({"_id": {"$in": ids}}).to_list()
        return {each["_id"]: KeptKey(each["fingerprint"], each["created"]) for each in found}
