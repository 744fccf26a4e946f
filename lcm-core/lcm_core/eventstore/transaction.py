"""Runs a write plan as one transaction, exactly once, through lost connections and a killed server.

Running it again is safe because of the identity of the commits: if an attempt whose answer was lost did succeed, the
next one meets its own commit, recognises it, and is content.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import pymongo
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, ClientBulkWriteException, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.results import UpdateResult
from pymongo.write_concern import WriteConcern

from lcm_core.domain.errors import CommitOutcomeUnknown, LcmError, StoreUnavailable, VersionConflict
from lcm_core.eventstore.cancellation import cancellation_kept
from lcm_core.eventstore.collections import Document
from lcm_core.eventstore.store_errors import DUPLICATE_KEY, WRITE_CONFLICT, Failure, classify
from lcm_core.eventstore.write_plan import PlannedWrite, WritePlan, by_collection

InsideCheck = Callable[[AsyncClientSession], Awaitable[None]]

_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.5
_MANY_WRITES = 40
_MAJORITY = WriteConcern("majority")


class Transactor:
    """*deadline_seconds* bounds one plan with all its repetitions."""

    def __init__(self, client: AsyncMongoClient[Document], database: str, *, deadline_seconds: float = 15.0) -> None:
        self._client = client
        self._db = client[database]
        self._deadline_seconds = deadline_seconds

    async def run(self, plan: WritePlan, inside: InsideCheck | None = None) -> None:
        """Write *plan*; *inside* runs first in the transaction and may refuse it by raising."""
        deadline = time.monotonic() + self._deadline_seconds
        pause = _FIRST_PAUSE_SECONDS
        sent = False
        while True:
            try:
                with cancellation_kept(), pymongo.timeout(max(0.05, deadline - time.monotonic())):
                    if sent and await self._is_stored(plan):
                        return
                    sent = await self._attempt(plan, inside, sent)
                    if not sent:
                        return
                    why = "the connection was lost"
            except PyMongoError as error:
                failure = classify(error)
                if failure is Failure.FINAL:
                    raise
                if failure is Failure.CONTENTION and not sent:
                    raise _contention(plan) from error
                why = str(error)
            if time.monotonic() >= deadline:
                raise CommitOutcomeUnknown(plan.name, why) if sent else StoreUnavailable(f"writing {plan.name}", why)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    async def _attempt(self, plan: WritePlan, inside: InsideCheck | None, sent: bool) -> bool:
        """False when it is committed for certain, True when the commit was sent and its outcome is not known."""
        async with self._client.start_session() as session:
            # No read concern: within a replica set a transaction reads one snapshot anyway, and a commit with majority
            # fails when anything that it has read is rolled back.
            await session.start_transaction(write_concern=_MAJORITY)
            if inside is not None:
                await inside(session)
            try:
                await self._write(plan, session)
            except LcmError:
                # A refusal right after an unanswered commit may be our own commit in the way.
                if sent and await self._is_stored(plan):
                    return False
                raise
            return await self._commit(session)

    async def _write(self, plan: WritePlan, session: AsyncClientSession) -> None:
        """A few documents in one round trip; many in one command for each collection, which spares the server the
        looking up of collection and indexes for each of them."""
        if len(plan.writes) < _MANY_WRITES:
            await self._bulk(plan.writes, session)
            return
        for writes in by_collection(plan.writes):
            if writes[0].inserted is None:
                await self._bulk(writes, session)
            else:
                await self._insert(plan, writes, session)

    async def _insert(self, plan: WritePlan, writes: Sequence[PlannedWrite], session: AsyncClientSession) -> None:
        documents = [write.inserted for write in writes if write.inserted is not None]
        try:
            await self._db[writes[0].collection].insert_many(documents, session=session)
        except BulkWriteError as error:
            failed = cast("list[dict[str, Any]]", error.details["writeErrors"]) if error.details else []
            if any(details.get("code") == WRITE_CONFLICT for details in failed):
                raise _contention(plan) from error
            raise _refusal(writes, failed, "index") or error from error

    async def _bulk(self, writes: Sequence[PlannedWrite], session: AsyncClientSession) -> None:
        operations = [write.operation for write in writes]
        try:
            # PyMongo leaves the document type of its bulk operations open; hence Any.
            client = cast(Any, self._client)
            result = await client.bulk_write(operations, session=session, ordered=True, verbose_results=True)
        except ClientBulkWriteException as error:
            failed = cast("list[dict[str, Any]]", error.write_errors or [])
            raise _refusal(writes, failed, "idx") or error from error
        updates = cast("dict[int, UpdateResult]", result.update_results)
        for index, write in enumerate(writes):
            if write.must_match and updates[index].matched_count == 0:
                raise write.refusal({})

    async def _commit(self, session: AsyncClientSession) -> bool:
        """The driver repeats a commit once by itself; what is still unknown then is looked up by the caller."""
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if classify(error) in (Failure.COMMIT_UNKNOWN, Failure.TRANSIENT):
                return True
            raise
        return False

    async def _is_stored(self, plan: WritePlan) -> bool:
        collection, document = plan.witness
        majority = self._db[collection].with_options(read_concern=ReadConcern("majority"))
        return await majority.find_one({"_id": document["_id"]}) == document


def _refusal(writes: Sequence[PlannedWrite], failed: Sequence[Mapping[str, Any]], place: str) -> LcmError | None:
    """What the first duplicate key means; *place* is the field that says which of *writes* met it."""
    for details in failed:
        if details.get("code") == DUPLICATE_KEY:
            return writes[int(details[place])].refusal(details)
    return None


def _contention(plan: WritePlan) -> LcmError:
    if plan.commits:
        first = plan.commits[0]
        return VersionConflict(first.stream, first.version - 1)
    return StoreUnavailable(f"writing {plan.name}", "another transaction is writing the same document")
