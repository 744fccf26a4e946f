"""Rebuilds the current-state collections from the log.

Document by document, guarded by version, and not into a second collection that is swapped in: readers never meet an
empty or missing collection, indexes stay, commands may go on meanwhile (a newer version always wins), and a crash
leaves a collection that is right in part and never wrong. A checkpoint per collection lets the next run go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pymongo.errors import DuplicateKeyError

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.events import EventRegistry
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.audit import orphaned_states, read_states
from lcm_core.eventstore.audit_report import Finding
from lcm_core.eventstore.collections import REBUILD_CHECKPOINTS, Database, Document
from lcm_core.eventstore.progress import Progress, Step, silent
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.eventstore.stream_proof import prove_log
from lcm_core.eventstore.stream_reader import StreamHead, grouped, read_documents, stream_heads


@dataclass(slots=True)
class CollectionReport:
    collection: str
    streams: int = 0
    rewritten: int = 0
    """Documents that were missing or different."""
    removed: int = 0
    """Documents that the log knows nothing of."""
    resumed_after: str | None = None
    """The last stream that an earlier, interrupted run had done."""
    failures: list[Finding] = field(default_factory=list[Finding])
    """Streams that cannot be replayed; their documents were left alone."""


async def rebuild_projections(
    db: Database,
    registry: EventRegistry,
    aggregates: Sequence[type[AnyAggregate]],
    progress: Progress = silent,
    *,
    fresh: bool = False,
    run: str = "",
) -> list[CollectionReport]:
    """Make every current-state document equal to its replay. *fresh* ignores the checkpoint of an interrupted run,
    unless that is the *run* of this name.

    Raises StoreUnavailable when the database goes away; run it again to go on.
    """
    return [await _Rebuild(db, registry, aggregate, progress, fresh=fresh, run=run).run() for aggregate in aggregates]


class _Rebuild:
    """One collection."""

    def __init__(
        self,
        db: Database,
        registry: EventRegistry,
        aggregate: type[AnyAggregate],
        progress: Progress,
        *,
        fresh: bool,
        run: str,
    ) -> None:
        self._db = db
        self._registry = registry
        self._aggregate = aggregate
        self._progress = progress
        self._fresh = fresh
        self._run = run
        self._states = db[aggregate.collection]
        self._checkpoints = db[REBUILD_CHECKPOINTS]
        self._report = CollectionReport(aggregate.collection)

    async def run(self) -> CollectionReport:
        collection = self._aggregate.collection
        heads = await stream_heads(self._db, [self._aggregate.kind])
        with store_errors(f"rebuilding {collection}"):
            checkpoint = await self._checkpoints.find_one({"_id": collection})
            if self._fresh and not (self._run and checkpoint and checkpoint.get("run") == self._run):
                checkpoint = None
            after = "" if checkpoint is None else str(checkpoint["after"])
            self._report.resumed_after = after or None
            left = sorted((head for head in heads.values() if head.stream > after), key=lambda head: head.stream)
            done = len(heads) - len(left)
            for group in grouped(left):
                await self._rebuild(group)
                await self._remember(group[-1].stream)
                done += len(group)
                self._progress(Step(collection, done, len(heads)))
            await self._remove_orphans(set(heads))
            await self._checkpoints.delete_one({"_id": collection})
        return self._report

    async def _rebuild(self, group: list[StreamHead]) -> None:
        states = await read_states(self._db, {self._aggregate.kind: self._aggregate}, group)
        documents = await read_documents(self._db, group)
        for head in group:
            self._report.streams += 1
            proof = prove_log(self._registry, self._aggregate, head, documents[head.stream])
            if proof.findings or proof.aggregate is None:
                self._report.failures.extend(proof.findings)
                continue
            await self._settle(head, dict(proof.aggregate.to_document()), states.get(head.stream))

    async def _settle(self, head: StreamHead, rebuilt: Document, stored: Document | None) -> None:
        """Write *rebuilt* unless it is there already, or a later version got there meanwhile."""
        while stored != rebuilt:
            if stored is not None and await self._is_later(head, stored):
                return
            if await self._write(rebuilt, stored):
                self._report.rewritten += 1
                return
            stored = await self._states.find_one({"_id": head.aggregate_id})

    async def _write(self, rebuilt: Document, stored: Document | None) -> bool:
        """False when the stored document is not what it was when read."""
        if stored is None:
            try:
                await self._states.insert_one(rebuilt)
            except DuplicateKeyError:
                return False
            return True
        result = await self._states.replace_one({"_id": stored["_id"], "version": stored.get("version")}, rebuilt)
        return result.matched_count == 1

    async def _is_later(self, head: StreamHead, stored: Document) -> bool:
        """Whether *stored* is newer than the head that was replayed, and the log says so too."""
        version = stored.get("version")
        if not isinstance(version, int) or version <= head.version:
            return False
        latest = head.at_least(version)
        return version in (await read_documents(self._db, [latest]))[head.stream]

    async def _remove_orphans(self, streams: set[str]) -> None:
        for id in await orphaned_states(self._db, self._aggregate, streams):
            result = await self._states.delete_one({"_id": id})
            self._report.removed += result.deleted_count

    async def _remember(self, stream: str) -> None:
        now = instant_text(datetime.now(UTC))
        checkpoint = {"_id": self._aggregate.collection, "after": stream, "at": now, "run": self._run}
        await self._checkpoints.replace_one({"_id": self._aggregate.collection}, checkpoint, upsert=True)
