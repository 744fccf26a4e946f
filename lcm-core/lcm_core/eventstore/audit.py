"""Proves the log: chains intact, replay equal to what is stored, and rules across aggregates kept.

What it proves: no commit was changed, taken out or slipped in within a stream whose current-state document stands. What
it cannot prove by itself: that a whole stream, with its document, was never there, or that somebody with write access
has made up a stream anew from some commit to its head. Anchors, kept outside of the database, show that too
(``anchor_check``); so does ``AuditReport.fingerprint``, which covers all heads.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import commit_id, stream_id
from lcm_core.domain.errors import NotFound
from lcm_core.domain.events import EventRegistry
from lcm_core.eventstore.audit_report import AuditReport, Finding, FindingKind, Invariant
from lcm_core.eventstore.collections import EVENTS, Database, Document
from lcm_core.eventstore.progress import Progress, Step, silent
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.eventstore.stream_proof import StreamProof, compare_state, prove_log
from lcm_core.eventstore.stream_reader import StreamHead, grouped, read_documents, stream_heads

Kinds = Mapping[str, type[AnyAggregate]]


async def verify_streams(
    db: Database,
    registry: EventRegistry,
    aggregates: Sequence[type[AnyAggregate]],
    invariants: Sequence[Invariant] = (),
    progress: Progress = silent,
) -> AuditReport:
    """Check everything. What is wrong stands in the report; only an unreachable database raises (StoreUnavailable).

    Each stream is read at one version, so its own findings are right while others write. Invariants across streams
    see them at different moments: run the audit on a quiet system, or look twice.
    """
    kinds = {aggregate.kind: aggregate for aggregate in aggregates}
    report = AuditReport(invariants=tuple(invariant.name for invariant in invariants))
    heads = sorted((await stream_heads(db)).values(), key=lambda head: head.stream)
    fingerprint = hashlib.sha256()
    async for proof in _proofs(db, registry, kinds, heads):
        _account(report, proof)
        fingerprint.update(_head_line(proof))
        if proof.aggregate is not None:
            for invariant in invariants:
                invariant.observe(proof.aggregate, proof.history)
        progress(Step("streams", report.streams, len(heads)))
    report.findings.extend(await _states_without_log(db, aggregates, {head.stream for head in heads}))
    for number, invariant in enumerate(invariants, start=1):
        report.findings.extend(await invariant.check())
        progress(Step("invariants", number, len(invariants)))
    report.fingerprint = fingerprint.hexdigest()
    return report


async def verify_stream(
    db: Database, registry: EventRegistry, aggregates: Sequence[type[AnyAggregate]], stream: str
) -> AuditReport:
    """Check one stream by itself: chain, replay and stored state. Raises ``NotFound`` for one that has neither."""
    kind, _, id = stream.partition("-")
    kinds = {aggregate.kind: aggregate for aggregate in aggregates}
    if kind not in kinds:
        raise NotFound("stream", stream)
    state = (await read_states(db, kinds, [StreamHead(stream, kind, id, 0, 0)])).get(stream)
    # Without a state there may still be commits; a first one would be enough to tell.
    head = StreamHead(stream, kind, id, max(_version(state), 1), _version(state))
    documents = (await read_documents(db, [head]))[stream]
    if state is None and not documents:
        raise NotFound("stream", stream)
    proof = prove_log(registry, kinds[kind], replace(head, commits=len(documents)), documents)
    compare_state(proof, state)
    report = AuditReport()
    _account(report, proof)
    report.fingerprint = hashlib.sha256(_head_line(proof)).hexdigest()
    return report


def _head_line(proof: StreamProof) -> bytes:
    return f"{proof.head.stream}@{proof.head.version}:{proof.head_hash}\n".encode()


def _account(report: AuditReport, proof: StreamProof) -> None:
    report.streams += 1
    report.commits += proof.head.commits
    report.events += sum(len(historic.events) for historic in proof.history)
    report.findings.extend(proof.findings)


async def _proofs(
    db: Database, registry: EventRegistry, kinds: Kinds, heads: Sequence[StreamHead]
) -> AsyncIterator[StreamProof]:
    for group in grouped(heads):
        # States first: the commits up to the version of a state exist once it can be read.
        states = await read_states(db, kinds, group)
        current = [head.at_least(_version(states.get(head.stream))) for head in group]
        documents = await read_documents(db, current)
        for listed in group:
            found = documents[listed.stream]
            head = listed.at_least(max(found, default=0))
            proof = prove_log(registry, kinds.get(head.kind), head, found)
            compare_state(proof, states.get(head.stream))
            yield proof


def _version(state: Document | None) -> int:
    version = None if state is None else state.get("version")
    return version if isinstance(version, int) else 0


async def read_states(db: Database, kinds: Kinds, heads: Iterable[StreamHead]) -> dict[str, Document]:
    """The current-state documents of *heads* by stream, one read per kind."""
    ids: dict[str, list[str]] = {}
    for head in heads:
        if head.kind in kinds:
            ids.setdefault(head.kind, []).append(head.aggregate_id)
    states: dict[str, Document] = {}
    for kind, wanted in ids.items():
        collection = kinds[kind].collection
        with store_errors(f"reading {collection}"):
            async for document in db[collection].find({"_id": {"$in": wanted}}):
                states[stream_id(kind, document["_id"])] = document
    return states


async def _states_without_log(
    db: Database, aggregates: Iterable[type[AnyAggregate]], streams: set[str]
) -> list[Finding]:
    findings: list[Finding] = []
    for aggregate in aggregates:
        for id in await orphaned_states(db, aggregate, streams):
            stream = stream_id(aggregate.kind, id)
            message = f"{aggregate.collection} holds {id!r}, but the log has no commit of it"
            findings.append(Finding(stream, 0, FindingKind.STATE_WITHOUT_LOG, message))
    return findings


async def orphaned_states(db: Database, aggregate: type[AnyAggregate], streams: set[str]) -> list[str]:
    """Ids in the collection of *aggregate* without a first commit; *streams* are known to have one or some."""
    with store_errors(f"reading {aggregate.collection}"):
        suspects = [
            str(row["_id"])
            async for row in db[aggregate.collection].find({}, {"_id": 1})
            if stream_id(aggregate.kind, str(row["_id"])) not in streams
        ]
        orphans: list[str] = []
        for id in suspects:
            # It may have been created since the streams were listed.
            first = commit_id(stream_id(aggregate.kind, id), 1)
            if await db[EVENTS].find_one({"_id": first}, {"_id": 1}) is None:
                orphans.append(id)
    return orphans
