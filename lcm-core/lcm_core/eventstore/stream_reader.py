"""Reads streams back, many at a time, by ``_id`` alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit, commit_id
from lcm_core.domain.events import DomainEvent, EventRegistry
from lcm_core.eventstore.collections import EVENTS, Database, Document
from lcm_core.eventstore.store_errors import store_errors

IDS_PER_READ = 200
_BELIEVABLE_HOLE = 1000


@dataclass(frozen=True, slots=True)
class StreamHead:
    """What the log holds of a stream: its highest version, and how many commits there really are."""

    stream: str
    kind: str
    aggregate_id: str
    version: int
    commits: int

    @property
    def reach(self) -> int:
        """How far to look for commits: a forged version of a billion is not worth a billion questions."""
        return min(self.version, self.commits + _BELIEVABLE_HOLE)

    def at_least(self, version: int) -> Self:
        """This head, or the later one that a newer reading has shown."""
        return replace(self, version=max(version, self.version))


async def stream_heads(db: Database, kinds: Iterable[str] | None = None) -> dict[str, StreamHead]:
    """All streams by name, from one pass over the log's keys: also those whose first commit or document is gone.

    Takes about 400 bytes of memory per stream.
    """
    wanted = None if kinds is None else frozenset(kinds)
    heads: dict[str, StreamHead] = {}
    fields = {"stream": 1, "kind": 1, "aggregate_id": 1, "version": 1}
    with store_errors("listing the streams"):
        async for row in db[EVENTS].find({}, fields, batch_size=1000):
            head = _head_of(row)
            if wanted is not None and head.kind not in wanted:
                continue
            seen = heads.get(head.stream)
            if seen is not None:
                head = replace(seen, version=max(seen.version, head.version), commits=seen.commits + 1)
            heads[head.stream] = head
    return heads


async def read_documents(db: Database, heads: Sequence[StreamHead]) -> dict[str, dict[int, Document]]:
    """The raw commit documents of *heads* by stream and version; what is missing is left out."""
    keys = {commit_id(head.stream, version): (head.stream, version) for head in heads for version in _versions(head)}
    streams: dict[str, dict[int, Document]] = {head.stream: {} for head in heads}
    for id, document in (await _documents(db, list(keys))).items():
        stream, version = keys[id]
        streams[stream][version] = document
    return streams


async def read_commits(db: Database, stream: str, *, first: int = 1, last: int) -> list[Commit]:
    """The commits *first* to *last* of one stream, in order; those that do not exist are left out."""
    ids = [commit_id(stream, version) for version in range(first, last + 1)]
    found = await _documents(db, ids)
    return [Commit.from_document(found[id]) for id in ids if id in found]


async def stream_length(db: Database, aggregates: Iterable[type[AnyAggregate]], stream: str) -> int:
    """Version of the current-state document of *stream*; 0 when there is none, or no aggregate of its kind."""
    for aggregate in aggregates:
        if stream.startswith(f"{aggregate.kind}-"):
            id = stream.removeprefix(f"{aggregate.kind}-")
            with store_errors(f"reading {stream}"):
                state = await db[aggregate.collection].find_one({"_id": id}, {"version": 1})
            return 0 if state is None else int(state["version"])
    return 0


def decode_events(registry: EventRegistry, commit: Commit) -> list[DomainEvent]:
    """The events of *commit* as their newest classes. Raises UnknownEventType or StoredDataError."""
    return [registry.decode(recorded.type, recorded.data) for recorded in commit.events]


def grouped(heads: Sequence[StreamHead]) -> Iterator[list[StreamHead]]:
    """*heads* in groups that fit one read, so that short streams share a round trip; a long one stands alone."""
    group: list[StreamHead] = []
    size = 0
    for head in heads:
        if group and size + head.reach > IDS_PER_READ:
            yield group
            group, size = [], 0
        group.append(head)
        size += head.reach
    if group:
        yield group


def _versions(head: StreamHead) -> range:
    return range(1, head.reach + 1)


def _head_of(row: Document) -> StreamHead:
    """Tolerates documents that the kernel did not write; the audit names them."""
    version = row.get("version")
    return StreamHead(
        stream=str(row.get("stream", row["_id"])),
        kind=str(row.get("kind", "")),
        aggregate_id=str(row.get("aggregate_id", "")),
        version=version if isinstance(version, int) else 0,
        commits=1,
    )


async def _documents(db: Database, ids: Sequence[str]) -> Mapping[str, Document]:
    found: dict[str, Document] = {}
    with store_errors("reading the log"):
        for start in range(0, len(ids), IDS_PER_READ):
            chunk = list(ids[start : start + IDS_PER_READ])
            async for document in db[EVENTS].find({"_id": {"$in": chunk}}):
                found[document["_id"]] = document
    return found
