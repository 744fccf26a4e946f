"""Deliveries that are owed, and dead letters, on MongoDB.

A row is small: the event itself stays in the log. What many channels ask for at one time is asked for together.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from control_plane_api.application.webhooks.deliveries import Left, QueuedDelivery, delivery_id, lane_of
from control_plane_api.integration.webhooks.collections import DEAD_ON, OUTBOUND_DEAD_LETTERS, OUTBOUND_QUEUE
from control_plane_api.integration.webhooks.log_rows import rows_of
from lcm_core.domain.commit import Commit
from lcm_core.domain.json_form import instant_text
from lcm_core.domain.subscriptions import ReplayOrder
from lcm_core.eventstore.collections import EVENTS, Database, Document
from lcm_core.eventstore.outbox_row import OutboxRow
from lcm_core.eventstore.store_errors import only_duplicates, store_errors
from lcm_core.eventstore.together import Together

_IN_ORDER = [("lane", 1), ("version", 1), ("index", 1)]
_MAJORITY = WriteConcern("majority")
_PLAIN = ("subscription_id", "owner_id", "stream", "version", "index", "type", "attempts", "last_error", "replay")
_INSTANTS = ("event_at", "queued_at", "give_up_at", "next_at", "tried_at")


class MongoDeliveryQueue:
    """``RevivingQueue``. *batch*: rows that are read for a lane at one time, and rows of one look at many."""

    def __init__(self, database: Database, *, batch: int = 50) -> None:
        self._database = database
        self._queue = database[OUTBOUND_QUEUE].with_options(
            read_concern=ReadConcern("majority"), write_concern=_MAJORITY
        )
        self._dead = database[OUTBOUND_DEAD_LETTERS]
        self._log = database[EVENTS].with_options(read_concern=ReadConcern("majority"))
        self._batch = batch
        self._lefts = Together(self._read)
        self._commits = Together(self._read_commits)
        self._done = Together(self._take_off)

    async def add(self, rows: Sequence[QueuedDelivery]) -> None:
        with store_errors(f"queueing {len(rows)} deliveries"):
            try:
                await self._queue.insert_many([document_of(row) for row in rows], ordered=False)
            except BulkWriteError as error:
                if not only_duplicates(error):
                    raise

    async def left(self, lane: str) -> Left:
        return await self._lefts.of(lane) or Left()

    async def _read(self, lanes: Sequence[str]) -> Mapping[str, Left]:
        """One query as a rule, and another one behind each lane with very much."""
        found: dict[str, list[QueuedDelivery]] = {}
        more: set[str] = set()
        while lanes:
            with store_errors(f"reading {OUTBOUND_QUEUE}"):
                wanted = {"lane": {"$in": list(lanes)}}
                documents = await self._queue.find(wanted).sort(_IN_ORDER).limit(self._batch).to_list()
            for document in documents:
                found.setdefault(document["lane"], []).append(row_of(document))
            if len(documents) < self._batch:
                break
            last = documents[-1]["lane"]
            more.add(last)
            lanes = [lane for lane in lanes if lane > last]
        return {lane: Left(rows, lane in more) for lane, rows in found.items()}

    async def event(self, row: QueuedDelivery) -> OutboxRow | None:
        events = await self._commits.of(row.commit_id) or ()
        return next((each for each in events if each.index == row.index), None)

    async def _read_commits(self, ids: Sequence[str]) -> Mapping[str, tuple[OutboxRow, ...]]:
        with store_errors(f"reading {len(ids)} commits"):
            found = await self._log.find({"_id": {"$in": list(ids)}}).to_list()
        return {document["_id"]: rows_of(Commit.from_document(document)) for document in found}

    async def delivered(self, row: QueuedDelivery) -> None:
        await self._done.of(row.id)

    async def _take_off(self, ids: Sequence[str]) -> Mapping[str, bool]:
        with store_errors(f"taking {len(ids)} deliveries off the queue"):
            await self._queue.delete_many({"_id": {"$in": list(ids)}})
        return {}

    async def failed(self, row: QueuedDelivery) -> None:
        instants = {name: getattr(row, name) for name in ("next_at", "tried_at")}
        change = {"attempts": row.attempts, "last_error": row.last_error, **_texts(instants)}
        with store_errors(f"keeping a failed delivery of {row.event_id}"):
            await self._queue.update_one({"_id": row.id}, {"$set": change})

    async def bury(self, rows: Sequence[QueuedDelivery], reason: str, at: datetime) -> None:
        letters = [_letter(row, reason, at) for row in rows]

        async def move(session: AsyncClientSession) -> None:
            put = [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in letters]
            await self._dead.bulk_write(put, session=session)
            await self._queue.delete_many({"_id": {"$in": [row.id for row in rows]}}, session=session)

        with store_errors(f"dead-lettering {len(rows)} deliveries"):
            await self._together(move)

    async def revive(self, subscription_id: str, order: ReplayOrder, at: datetime) -> list[str]:
        wanted: dict[str, Any] = {"subscription_id": subscription_id}
        if order.event_ids:
            named = [dead_letter_id(delivery_id(subscription_id, each)) for each in order.event_ids]
            wanted = {"_id": {"$in": named}}
        with store_errors(f"reading {OUTBOUND_DEAD_LETTERS}"):
            oldest = await self._dead.find(wanted).sort("dead_at", 1).limit(self._batch).to_list()
        # One that dies again meanwhile is left alone: else a replay could go on for ever.
        letters = [each for each in oldest if each["dead_at"] < instant_text(order.requested_at)]
        if not letters:
            return []

        async def move(session: AsyncClientSession) -> None:
            put = [
                UpdateOne({"_id": row_of(each).id}, {"$setOnInsert": _again(each, order.id, at)}, upsert=True)
                for each in letters
            ]
            await self._queue.bulk_write(put, session=session)
            await self._dead.delete_many({"_id": {"$in": [each["_id"] for each in letters]}}, session=session)

        with store_errors(f"reviving {len(letters)} dead letters"):
            await self._together(move)
        return [lane_of(each["subscription_id"], each["stream"]) for each in letters]

    async def _together(self, move: Any) -> None:
        """In one transaction, tried again when another one was in the way."""
        async with self._database.client.start_session() as session:
            await session.with_transaction(move, write_concern=_MAJORITY)

    async def lanes(self) -> AsyncIterator[str]:
        with store_errors(f"looking for lanes in {OUTBOUND_QUEUE}"):
            async with await self._queue.aggregate([{"$group": {"_id": "$lane"}}]) as cursor:
                async for each in cursor:
                    yield each["_id"]

    async def lanes_of(self, subscription_id: str) -> Sequence[str]:
        pipeline = [{"$match": {"subscription_id": subscription_id}}, {"$group": {"_id": "$lane"}}]
        with store_errors(f"looking for lanes in {OUTBOUND_QUEUE}"):
            async with await self._queue.aggregate(pipeline) as cursor:
                return [each["_id"] async for each in cursor]

    async def forget_pauses(self, subscription_id: str, before: datetime) -> None:
        with store_errors(f"changing {OUTBOUND_QUEUE}"):
            rows = await self._queue.find(resting(subscription_id), {"tried_at": 1}).to_list()
            ids = [each["_id"] for each in rows if each["tried_at"] < instant_text(before)]
            if ids:
                await self._queue.update_many({"_id": {"$in": ids}}, {"$set": {"next_at": None}})

    async def overdue(self, subscription_id: str, at: datetime) -> Sequence[QueuedDelivery]:
        wanted = {"subscription_id": subscription_id, "give_up_at": {"$gte": "", "$lt": instant_text(at)}}
        with store_errors(f"reading {OUTBOUND_QUEUE}"):
            return [row_of(each) for each in await self._queue.find(wanted).limit(self._batch).to_list()]

    async def backlog(self) -> tuple[int, datetime | None]:
        with store_errors(f"measuring {OUTBOUND_QUEUE}"):
            count = await self._queue.estimated_document_count()
            oldest = (
                await self._queue.find({}, {"queued_at": 1}).sort("queued_at", 1).limit(1).to_list() if count else []
            )
        return count, datetime.fromisoformat(oldest[0]["queued_at"]) if oldest else None


def resting(subscription_id: str) -> dict[str, Any]:
    """The query for what was tried and is to be tried again later. One more condition, and not every server would use
    the index any more.
    """
    return {"subscription_id": subscription_id, "next_at": {"$gte": ""}}


def dead_letter_id(delivery: str) -> str:
    """Fit for a URL, and the same however often the same delivery dies."""
    return hashlib.sha256(delivery.encode()).hexdigest()[:40]


def document_of(row: QueuedDelivery) -> Document:
    instants = {name: getattr(row, name) for name in _INSTANTS}
    return {
        "_id": row.id,
        "lane": row.lane,
        "subscription_id": row.subscription_id,
        "owner_id": row.owner_id,
        "stream": row.stream,
        "version": row.version,
        "index": row.index,
        "type": row.type,
        "attempts": row.attempts,
        "last_error": row.last_error,
        "replay": row.replay,
        **_texts(instants),
    }


def _texts(instants: Mapping[str, datetime | None]) -> dict[str, str | None]:
    return {name: instant_text(at) if at is not None else None for name, at in instants.items()}


def row_of(document: Document) -> QueuedDelivery:
    values: dict[str, Any] = {name: document[name] for name in _PLAIN}
    for name in _INSTANTS:
        text = document.get(name)
        values[name] = datetime.fromisoformat(text) if text is not None else None
    return QueuedDelivery(**values)


def _letter(row: QueuedDelivery, reason: str, at: datetime) -> Document:
    return {
        **document_of(row),
        "_id": dead_letter_id(row.id),
        "event_id": row.event_id,
        "reason": reason,
        "dead_at": instant_text(at),
        DEAD_ON: at,
    }


def _again(letter: Document, replay: str, at: datetime) -> Document:
    """The row of a dead letter with all its time before it."""
    row = row_of(letter)
    window = row.give_up_at - row.queued_at
    anew = {"attempts": 0, "last_error": "", "next_at": None, "tried_at": None, "replay": replay}
    times = {"queued_at": instant_text(at), "give_up_at": instant_text(at + window)}
    return {name: value for name, value in {**document_of(row), **anew, **times}.items() if name != "_id"}
