"""Checks one stream by itself: its chain, its replay, and the current-state document that must be equal to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import GENESIS_HASH, Commit, document_hash
from lcm_core.domain.errors import StoredDataError
from lcm_core.domain.events import EventRegistry
from lcm_core.eventstore.audit_report import Finding, FindingKind, HistoricCommit
from lcm_core.eventstore.collections import Document
from lcm_core.eventstore.stream_reader import StreamHead, decode_events

_SHOWN_DIFFERENCES = 3


@dataclass(slots=True)
class StreamProof:
    """Outcome for one stream; *aggregate* is None when it could not be replayed to its end."""

    head: StreamHead
    findings: list[Finding] = field(default_factory=list[Finding])
    history: list[HistoricCommit] = field(default_factory=list[HistoricCommit])
    aggregate: AnyAggregate | None = None
    head_hash: str = GENESIS_HASH

    def find(self, version: int, kind: FindingKind, message: str) -> None:
        self.findings.append(Finding(self.head.stream, version, kind, message))


def prove_log(
    registry: EventRegistry,
    aggregate_class: type[AnyAggregate] | None,
    head: StreamHead,
    documents: Mapping[int, Document],
) -> StreamProof:
    """Check the commits of a stream, given by version, and replay them."""
    proof = StreamProof(head)
    if head.commits > len(documents):
        proof.find(0, FindingKind.STRAY_COMMIT, f"{head.commits - len(documents)} commits carry an _id out of order")
    whole = _check_chain(proof, documents)
    if aggregate_class is None:
        proof.find(0, FindingKind.UNKNOWN_AGGREGATE, f"no aggregate of kind {head.kind!r} is known here")
    elif whole:
        _replay(proof, registry, aggregate_class, documents)
    return proof


def compare_state(proof: StreamProof, state: Document | None) -> None:
    """Add to *proof* how the current-state document differs from the replay."""
    if proof.aggregate is None:
        return
    if state is None:
        proof.find(proof.head.version, FindingKind.STATE_MISSING, "the current-state document is gone")
        return
    differences = list(_differences(dict(proof.aggregate.to_document()), state))
    if differences:
        shown = "; ".join(differences[:_SHOWN_DIFFERENCES])
        more = len(differences) - _SHOWN_DIFFERENCES
        told = f"{shown} and {more} more" if more > 0 else shown
        proof.find(proof.head.version, FindingKind.STATE_DIFFERS, f"replay and stored state differ: {told}")


def _check_chain(proof: StreamProof, documents: Mapping[int, Document]) -> bool:
    """Whether every commit is there to be replayed."""
    missing = 0
    for version in range(1, proof.head.reach + 1):
        document = documents.get(version)
        if document is None:
            missing += 1
            proof.head_hash = ""
            continue
        _check_link(proof, version, document)
        proof.head_hash = str(document.get("hash", ""))
    missing += proof.head.version - proof.head.reach
    if missing:
        first = next(version for version in range(1, proof.head.version + 1) if version not in documents)
        proof.find(first, FindingKind.MISSING_COMMIT, f"{missing} of {proof.head.version} commits are missing")
    return missing == 0


def _check_link(proof: StreamProof, version: int, document: Document) -> None:
    if document.get("version") != version or document.get("stream") != proof.head.stream:
        proof.find(version, FindingKind.CHANGED_COMMIT, "stream or version do not agree with the _id")
    if document_hash(document) != document.get("hash"):
        proof.find(version, FindingKind.CHANGED_COMMIT, "the content does not match its hash")
    if proof.head_hash and document.get("prev_hash") != proof.head_hash:
        proof.find(version, FindingKind.BROKEN_CHAIN, f"prev_hash is not the hash of commit {version - 1}")


def _replay(
    proof: StreamProof,
    registry: EventRegistry,
    aggregate_class: type[AnyAggregate],
    documents: Mapping[int, Document],
) -> None:
    aggregate = aggregate_class(proof.head.aggregate_id)
    for version in range(1, proof.head.version + 1):
        try:
            commit = Commit.from_document(documents[version])
            events = decode_events(registry, commit)
        except (ValidationError, StoredDataError) as error:
            proof.find(version, FindingKind.UNREADABLE_COMMIT, str(error))
            return
        try:
            aggregate.replay_commit(events, head_hash=commit.hash, at=commit.at)
        except Exception as error:  # noqa: BLE001 - a defect of the aggregate, reported as such
            proof.find(version, FindingKind.REPLAY_FAILED, f"{type(error).__name__}: {error}")
            return
        proof.history.append(HistoricCommit(commit, tuple(events)))
    proof.aggregate = aggregate


def _differences(replayed: Any, stored: Any, path: str = "") -> Iterator[str]:
    if isinstance(replayed, dict) and isinstance(stored, dict):
        left = cast("dict[str, Any]", replayed)
        right = cast("dict[str, Any]", stored)
        for name in sorted(left.keys() | right.keys()):
            yield from _differences(left.get(name, _ABSENT), right.get(name, _ABSENT), f"{path}/{name}")
    elif replayed != stored:
        yield f"{path} should be {replayed!r}, is {stored!r}"


class _Absent:
    def __repr__(self) -> str:
        return "absent"


_ABSENT = _Absent()
