"""A commit: what one append to one stream says, chained to the one before it.

``hash`` is SHA-256 over the canonical JSON of everything else in the document, ``prev_hash`` included. Changing or
taking out a commit therefore breaks the chain of its stream, whose head stands in the current-state document.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cached_property
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from lcm_core.domain.json_form import JsonObject, canonical_bytes, to_json_form

GENESIS_HASH = "0" * 64
"""``prev_hash`` of the first commit of a stream."""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RecordedEvent(_Stored):
    """One event as stored: ``type`` is name and version, ``data`` its fields in JSON form."""

    type: str
    data: dict[str, JsonValue]


_ADDED = frozenset({"client", "remote"})


class CommitMetadata(_Stored):
    """Who did it, on whose behalf, when, from where, and as which leader."""

    actor: str
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    at: AwareDatetime
    leader_service: str | None = None
    leader_epoch: int | None = None
    reason: str | None = None
    client: str | None = None
    """The client of the token, which for a person is the program that they used."""
    remote: str | None = None
    """Address that the request came from; None for what nobody asked for over the network."""

    @cached_property
    def json_form(self) -> JsonObject:
        """Made once for all commits of a command. What came later than the first release is left out where it is
        not known, so that a commit from before is said, and hashed, as it was."""
        said = to_json_form(self)
        return {name: value for name, value in said.items() if value is not None or name not in _ADDED}


class Commit(_Stored):
    """One document of the collection ``events``."""

    stream: str
    kind: str
    aggregate_id: str
    version: int
    events: tuple[RecordedEvent, ...]
    metadata: CommitMetadata
    prev_hash: str
    hash: str

    @property
    def id(self) -> str:
        return commit_id(self.stream, self.version)

    @property
    def at(self) -> datetime:
        return self.metadata.at

    @classmethod
    def chained(
        cls,
        *,
        kind: str,
        aggregate_id: str,
        version: int,
        events: tuple[RecordedEvent, ...],
        metadata: CommitMetadata,
        prev_hash: str,
    ) -> Self:
        """The commit with its hash."""
        stream = stream_id(kind, aggregate_id)
        said = _document(stream, kind, aggregate_id, version, events, metadata, prev_hash)
        return cls(
            stream=stream,
            kind=kind,
            aggregate_id=aggregate_id,
            version=version,
            events=events,
            metadata=metadata,
            prev_hash=prev_hash,
            hash=document_hash(said),
        )

    @classmethod
    def from_document(cls, document: JsonObject) -> Self:
        return cls.model_validate({name: value for name, value in document.items() if name != "_id"})

    def to_document(self) -> JsonObject:
        """As stored. What is in it belongs to the commit: to be read, not to be changed."""
        said = _document(
            self.stream, self.kind, self.aggregate_id, self.version, self.events, self.metadata, self.prev_hash
        )
        said["hash"] = self.hash
        return said


def _document(
    stream: str,
    kind: str,
    aggregate_id: str,
    version: int,
    events: tuple[RecordedEvent, ...],
    metadata: CommitMetadata,
    prev_hash: str,
) -> JsonObject:
    """All of a stored commit but its hash; the data of events is in JSON form already."""
    return {
        "_id": commit_id(stream, version),
        "stream": stream,
        "kind": kind,
        "aggregate_id": aggregate_id,
        "version": version,
        "events": [{"type": event.type, "data": event.data} for event in events],
        "metadata": metadata.json_form,
        "prev_hash": prev_hash,
    }


def stream_id(kind: str, aggregate_id: str) -> str:
    return f"{kind}-{aggregate_id}"


def commit_id(stream: str, version: int) -> str:
    return f"{stream}@{version}"


def document_hash(document: JsonObject) -> str:
    """The hash that a stored commit document must carry, recomputed from its other fields as they are."""
    return hashlib.sha256(canonical_bytes({k: v for k, v in document.items() if k != "hash"})).hexdigest()
