"""All the writes of one unit of work, in the order in which they are to be refused.

Each write knows which error it means when the server refuses it. Attached documents come first, so that something that
was handled before is reported as such, not as the version conflict that it would also cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import InsertOne, ReplaceOne

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.errors import DuplicateDocument, LcmError, VersionConflict
from lcm_core.domain.events import DomainEvent
from lcm_core.eventstore.collections import EVENTS, OUTBOX, Document

WriteOperation = InsertOne[Document] | ReplaceOne[Document]


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    collection: str
    operation: WriteOperation
    refusal: Callable[[Mapping[str, Any]], LcmError]
    """The error for a duplicate key, from the server's details of it."""
    must_match: bool = False
    """A replacement that finds nothing to replace has missed its guard."""
    inserted: Document | None = None
    """The whole document, for an operation that is nothing but its insertion."""


@dataclass(frozen=True, slots=True)
class Attachment:
    collection: str
    document: Document
    upsert: bool
    guard: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One aggregate, the commit it is about to make, and the events in it."""

    aggregate: AnyAggregate
    commit: Commit
    events: tuple[DomainEvent, ...]


@dataclass(frozen=True, slots=True)
class WritePlan:
    writes: tuple[PlannedWrite, ...]
    witness: tuple[str, Document]
    """(collection, document) that is stored if and only if this plan was committed."""
    commits: tuple[Commit, ...]
    states: tuple[Document, ...]
    """The current-state documents, in the order of ``commits``."""

    @property
    def name(self) -> str:
        collection, document = self.witness
        return f"{collection}/{document['_id']}"


def plan_writes(database: str, changes: Sequence[Change], attachments: Sequence[Attachment]) -> WritePlan:
    """The plan for at least one change or attachment."""
    commits = tuple(change.commit for change in changes)
    documents = [commit.to_document() for commit in commits]
    states = tuple(_next_state(change) for change in changes)
    writes = [
        *(_attached(database, attachment) for attachment in attachments),
        *(_commit(database, change, document) for change, document in zip(changes, documents, strict=True)),
        *(_state(database, change, state) for change, state in zip(changes, states, strict=True)),
        *_outbox(database, changes),
    ]
    witness = (EVENTS, documents[0]) if documents else (attachments[0].collection, attachments[0].document)
    return WritePlan(tuple(writes), witness, commits, states)


def by_collection(writes: Sequence[PlannedWrite]) -> Iterable[Sequence[PlannedWrite]]:
    """The same writes, those of one collection and one sort together, by which comes first."""
    groups: dict[tuple[str, bool], list[PlannedWrite]] = {}
    for write in writes:
        groups.setdefault((write.collection, write.inserted is not None), []).append(write)
    return groups.values()


def _insert(
    database: str, collection: str, document: Document, refusal: Callable[[Mapping[str, Any]], LcmError]
) -> PlannedWrite:
    insert = InsertOne(document, namespace=f"{database}.{collection}")
    return PlannedWrite(collection, insert, refusal, inserted=document)


def _attached(database: str, attachment: Attachment) -> PlannedWrite:
    document = attachment.document

    def refusal(details: Mapping[str, Any]) -> LcmError:
        pattern: Mapping[str, Any] = details.get("keyPattern") or {"_id": 1}
        index = "_id_" if "_id" in pattern else "_".join(pattern)
        return DuplicateDocument(attachment.collection, str(document["_id"]), index=index)

    namespace = f"{database}.{attachment.collection}"
    if attachment.guard is not None:
        return _guarded(database, namespace, attachment)
    if attachment.upsert:
        replace: WriteOperation = ReplaceOne({"_id": document["_id"]}, document, upsert=True, namespace=namespace)
        return PlannedWrite(attachment.collection, replace, refusal)
    return _insert(database, attachment.collection, document, refusal)


def _guarded(database: str, namespace: str, attachment: Attachment) -> PlannedWrite:
    document, guard = attachment.document, attachment.guard

    def refusal(_details: Mapping[str, Any]) -> LcmError:
        revision = (guard or {}).get("revision")
        known = revision if isinstance(revision, int) else 0
        return VersionConflict(f"{attachment.collection}/{document['_id']}", known)

    if not guard:
        return _insert(database, attachment.collection, document, refusal)
    replace = ReplaceOne({"_id": document["_id"], **guard}, document, namespace=namespace)
    return PlannedWrite(attachment.collection, replace, refusal, must_match=True)


def _commit(database: str, change: Change, document: Document) -> PlannedWrite:
    return _insert(database, EVENTS, document, _conflict(change))


def _next_state(change: Change) -> Document:
    return dict(change.aggregate.next_document(head_hash=change.commit.hash, at=change.commit.at))


def _state(database: str, change: Change, document: Document) -> PlannedWrite:
    aggregate = change.aggregate
    if aggregate.version == 0:
        return _insert(database, aggregate.collection, document, _state_conflict(change))
    guard = {"_id": aggregate.id, "version": aggregate.version}
    replace = ReplaceOne(guard, document, namespace=f"{database}.{aggregate.collection}")
    return PlannedWrite(aggregate.collection, replace, _state_conflict(change), must_match=True)


def _conflict(change: Change) -> Callable[[Mapping[str, Any]], LcmError]:
    return lambda _details: VersionConflict(change.aggregate.stream, change.aggregate.version)


def _state_conflict(change: Change) -> Callable[[Mapping[str, Any]], LcmError]:
    """A current-state collection may carry unique indexes of its own; breaking one is no version conflict."""
    aggregate = change.aggregate

    def refusal(details: Mapping[str, Any]) -> LcmError:
        pattern: Mapping[str, Any] = details.get("keyPattern") or {"_id": 1}
        if "_id" in pattern:
            return VersionConflict(aggregate.stream, aggregate.version)
        return DuplicateDocument(aggregate.collection, aggregate.id, index="_".join(pattern))

    return refusal


def _outbox(database: str, changes: Sequence[Change]) -> Iterable[PlannedWrite]:
    for change in changes:
        if any(event.published for event in change.events):
            yield _insert(database, OUTBOX, outbox_entry(change.commit), _conflict(change))


def outbox_entry(commit: Commit) -> Document:
    """It asks for the published events of *commit* to be delivered; what they say is in the log."""
    return {"_id": commit.id, "stream": commit.stream, "version": commit.version}
