"""Keys of requests that were done, for a day or so."""

from __future__ import annotations

from control_plane_api.application.conditions import IDEMPOTENCY_KEYS
from control_plane_api.application.idempotency import KeptKey
from lcm_core.eventstore.collections import Database, create_collection
from lcm_core.eventstore.store_errors import store_errors


class MongoIdempotencyKeys:
    """Reads what ``ConditionalUnitsOfWork`` writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = database[IDEMPOTENCY_KEYS]

    async def ensure_indexes(self) -> None:
        await create_collection(self._database, IDEMPOTENCY_KEYS)
        await self._keys.create_index("expires_at", expireAfterSeconds=0)

    async def find(self, id: str) -> KeptKey | None:
        with store_errors("looking for an idempotency key"):
            found = await self._keys.find_one({"_id": id})
        return KeptKey(found["fingerprint"], found["created"]) if found is not None else None
