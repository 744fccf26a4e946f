"""Names and indexes of the kernel's own collections.

``events`` has no index but ``_id``: the id of every commit of a stream follows from its number, so a stream is read by
``_id`` alone, and writing stays cheap. Only the outbox is asked «what is left for this stream, in order».
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

EVENTS = "events"
OUTBOX = "outbox"
FEED_POSITIONS = "feed_positions"
LEADER_EPOCHS = "leader_epochs"
REBUILD_CHECKPOINTS = "rebuild_checkpoints"

KERNEL_COLLECTIONS = (EVENTS, OUTBOX, FEED_POSITIONS, LEADER_EPOCHS, REBUILD_CHECKPOINTS)

Document = dict[str, Any]
Database = AsyncDatabase[Document]

_NAMESPACE_EXISTS = 48

INDEXES: dict[str, tuple[IndexModel, ...]] = {
    OUTBOX: (IndexModel([("stream", ASCENDING), ("version", ASCENDING)], name="in_order"),),
}


async def ensure_indexes(db: Database, collections: Iterable[str] = ()) -> None:
    """Create the kernel's collections and indexes, and empty *collections*, where they are missing.

    Safe to repeat, and to run from several processes at once. Name the collections of all aggregates: one that first
    comes into being inside a transaction makes concurrent transactions fail with a conflict.
    """
    present = set(await db.list_collection_names())
    for name in (*KERNEL_COLLECTIONS, *collections):
        if name not in present:
            await create_collection(db, name)
    for name, indexes in INDEXES.items():
        await db[name].create_indexes(list(indexes))


async def create_collection(db: Database, name: str) -> None:
    """Create *name* unless somebody else just did."""
    try:
        await db.create_collection(name, check_exists=False)
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise
