"""Keys of requests that were done, for a day or so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from control_plane_api.application.conditions import IDEMPOTENCY_KEYS
from control_plane_api.application.idempotency import KeptAnswer, KeptKey
from lcm_core.eventstore.collections import Database, Document, create_collection
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

    async def keep(self, id: str, fingerprint: str, answer: KeptAnswer, expires_at: datetime) -> None:
        kept = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
        with store_errors("keeping the answer of an idempotency key"):
            known = await self._keys.update_one(
                {"_id": id, "fingerprint": fingerprint, "answer": {"$exists": False}}, {"$set": {"answer": kept}}
            )
            if known.matched_count == 0:
                # Nothing was committed under the key, since nothing had to be; or the answer is there already.
                made = {"fingerprint": fingerprint, "created": {}, "expires_at": expires_at, "answer": kept}
                await self._keys.update_one({"_id": id}, {"$setOnInsert": made}, upsert=True)

    async def leave_unanswered(self, id: str) -> None:
        with store_errors("marking an idempotency key"):
            await self._keys.update_one({"_id": id, "answer": {"$exists": False}}, {"$set": {"unanswered": True}})

    async def _look_up(self, ids: Sequence[str]) -> Mapping[str, KeptKey]:
        with store_errors("looking for an idempotency key"):
            found = await self._keys.find({"_id": {"$in": ids}}).to_list()
        return {each["_id"]: _kept_key(each) for each in found}


def _kept_key(document: Document) -> KeptKey:
    answer = document.get("answer")
    kept = KeptAnswer(answer["status"], answer["headers"], bytes(answer["body"])) if answer is not None else None
    return KeptKey(document["fingerprint"], document["created"], kept, document.get("unanswered", False))
