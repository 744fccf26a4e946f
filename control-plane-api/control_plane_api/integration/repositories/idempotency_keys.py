"""Keys of requests that were done, for a day or so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from control_plane_api.application.conditions import IDEMPOTENCY_KEYS, KeptAnswer
from control_plane_api.application.idempotency import KeptKey
from lcm_core.eventstore.collections import Database, Document, create_collection
from lcm_core.eventstore.store_errors import only_duplicates, store_errors
from lcm_core.eventstore.together import Together


@dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """What is to be kept at the key *id*; no two are the same, whatever they say."""

    id: str
    fingerprint: str
    answer: KeptAnswer
    expires_at: datetime

    def at_its_key(self) -> UpdateOne:
        known = {"_id": self.id, "fingerprint": self.fingerprint, "answer": {"$exists": False}}
        return UpdateOne(known, {"$set": {"answer": self.answer.document()}})

    def with_its_key(self) -> UpdateOne:
        """Changes nothing where the key is."""
        made: Document = {"fingerprint": self.fingerprint, "created": {}, "expires_at": self.expires_at}
        made["answer"] = self.answer.document()
        return UpdateOne({"_id": self.id}, {"$setOnInsert": made}, upsert=True)


class MongoIdempotencyKeys:
    """Reads what ``ConditionalUnitsOfWork`` writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = database[IDEMPOTENCY_KEYS]
        self._together = Together(self._look_up)
        self._answers = Together(self._keep_all)

    async def ensure_indexes(self) -> None:
        await create_collection(self._database, IDEMPOTENCY_KEYS)
        await self._keys.create_index("expires_at", expireAfterSeconds=0)

    async def find(self, id: str) -> KeptKey | None:
        return await self._together.of(id)

    async def keep(self, id: str, fingerprint: str, answer: KeptAnswer, expires_at: datetime) -> None:
        await self._answers.of(_Answered(id, fingerprint, answer, expires_at))

    async def _keep_all(self, answered: Sequence[_Answered]) -> Mapping[_Answered, None]:
        """A crowd is answered at one time: one round trip keeps what all of them were told."""
        with store_errors("keeping the answers of idempotency keys"):
            known = await self._keys.bulk_write([each.at_its_key() for each in answered], ordered=False)
            if known.matched_count < len(answered):
                # Nothing was committed under some key, since nothing had to be; or its answer is there already.
                await self._make([each.with_its_key() for each in answered])
        return {}

    async def _make(self, keys: list[UpdateOne]) -> None:
        try:
            await self._keys.bulk_write(keys, ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):
                raise

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
