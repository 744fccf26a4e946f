"""Proves the log against its anchors: every head that was ever written down still stands, with the same hash.

A stream that was made up anew after an anchor, with hashes that fit, has another hash at the anchored version; one that
was removed has none. What the commits say is checked against their hashes by ``verify_streams``: do both.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from lcm_core.domain.commit import GENESIS_HASH
from lcm_core.domain.errors import NotFound, StoredDataError
from lcm_core.eventstore.anchor import Anchor, AnchoredHead, AnchorStore, MerkleTree, heads_of
from lcm_core.eventstore.audit_report import AnchorReport, FindingKind
from lcm_core.eventstore.collections import EVENTS, Database
from lcm_core.eventstore.progress import Progress, Step, silent
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.eventstore.stream_reader import IDS_PER_READ


async def check_anchors(db: Database, store: AnchorStore, progress: Progress = silent) -> AnchorReport:
    """What is wrong stands in the report; only a store or a database that does not answer raises (``FarEndError``)."""
    report = AnchorReport()
    numbers = await store.numbers()
    before: Anchor | None = None
    compared: Anchor | None = None
    for place, number in enumerate(numbers, start=1):
        if number != (numbers[place - 2] + 1 if place > 1 else 1):
            report.find(_name(number), 0, FindingKind.ANCHOR_BROKEN, "the anchor before it is missing")
            before = None
        anchor = await _anchor(report, store, number)
        if anchor is not None:
            _check_link(report, anchor, before)
            if await _check_heads(report, db, store, anchor, compared):
                compared = anchor
            report.anchors += 1
        before = anchor
        progress(Step("anchors", place, len(numbers)))
    return report


async def _anchor(report: AnchorReport, store: AnchorStore, number: int) -> Anchor | None:
    try:
        return await store.anchor(number)
    except (NotFound, StoredDataError) as error:
        report.find(_name(number), 0, FindingKind.ANCHOR_BROKEN, f"it cannot be read: {error}")
        return None


def _check_link(report: AnchorReport, anchor: Anchor, before: Anchor | None) -> None:
    name = _name(anchor.number)
    if anchor.computed_hash() != anchor.hash:
        report.find(name, 0, FindingKind.ANCHOR_BROKEN, "its content does not match its hash")
    known = GENESIS_HASH if anchor.number == 1 else before.hash if before is not None else None
    if known is not None and anchor.previous_hash != known:
        report.find(name, 0, FindingKind.ANCHOR_BROKEN, "it does not follow the anchor before it")


async def _check_heads(
    report: AnchorReport, db: Database, store: AnchorStore, anchor: Anchor, compared: Anchor | None
) -> bool:
    """Whether the heads of *anchor* are those that it was made of: then the next one need look up only what differs.

    *compared* is the last one of which that is true: an anchor that is lost or was changed hides nothing after it.
    """
    name, found_before = _name(anchor.number), len(report.findings)
    try:
        async with aclosing(_proven(report, store, anchor)) as heads, aclosing(_of(store, compared)) as before:
            group: list[AnchoredHead] = []
            async for head in _news(report, heads, before, name):
                group.append(head)
                if len(group) >= IDS_PER_READ:
                    await _compare(report, db, group, name)
                    group = []
            await _compare(report, db, group, name)
    except (NotFound, StoredDataError, ValueError) as error:
        report.find(name, 0, FindingKind.ANCHOR_BROKEN, f"its heads cannot be read: {error}")
    return not any(finding.kind is FindingKind.ANCHOR_BROKEN for finding in report.findings[found_before:])


async def _of(store: AnchorStore, anchor: Anchor | None) -> AsyncGenerator[AnchoredHead]:
    if anchor is not None:
        async for head in heads_of(store, anchor):
            yield head


async def _proven(report: AnchorReport, store: AnchorStore, anchor: Anchor) -> AsyncGenerator[AnchoredHead]:
    """The heads of *anchor*; at their end it is known whether they are those that it was made of."""
    tree, count, name = MerkleTree(), 0, _name(anchor.number)
    for part in anchor.parts:
        body = await store.part(part)
        if hashlib.sha256(body).hexdigest() != part.sha256:
            report.find(name, 0, FindingKind.ANCHOR_BROKEN, f"part {part.sha256} was changed")
        for line in body.splitlines():
            tree.add(line)
            count += 1
            yield AnchoredHead.from_line(line)
    if (tree.root(), count) != (anchor.merkle_root, anchor.streams):
        report.find(name, 0, FindingKind.ANCHOR_BROKEN, "its heads do not give its Merkle root")


async def _news(
    report: AnchorReport, heads: AsyncIterator[AnchoredHead], before: AsyncIterator[AnchoredHead], name: str
) -> AsyncIterator[AnchoredHead]:
    """Those that the one compared before did not have alike; both are sorted. A stream that is gone since is told."""
    old = await anext(before, None)
    async for head in heads:
        while old is not None and old.key < head.key:
            report.find(old.stream, old.version, FindingKind.ANCHORED_COMMIT_MISSING, f"{name} has no such stream")
            old = await anext(before, None)
        if head != old:
            if old is not None and old.key == head.key and head.version < old.version:
                message = f"{name} has it at version {head.version}, an earlier anchor at {old.version}"
                report.find(head.stream, head.version, FindingKind.ANCHORED_COMMIT_DIFFERS, message)
            yield head
        if old is not None and old.key == head.key:
            old = await anext(before, None)
    while old is not None:
        report.find(old.stream, old.version, FindingKind.ANCHORED_COMMIT_MISSING, f"{name} has no such stream")
        old = await anext(before, None)


async def _compare(report: AnchorReport, db: Database, heads: Sequence[AnchoredHead], name: str) -> None:
    if not heads:
        return
    ids = [head.commit_id for head in heads]
    with store_errors("reading the log"):
        found = {row["_id"]: row.get("hash") async for row in db[EVENTS].find({"_id": {"$in": ids}}, {"hash": 1})}
    for head in heads:
        report.heads += 1
        if head.commit_id not in found:
            message = f"{name} has this commit, the log has it no more"
            report.find(head.stream, head.version, FindingKind.ANCHORED_COMMIT_MISSING, message)
        elif found[head.commit_id] != head.hash:
            message = f"{name} has hash {head.hash}, the log has {found[head.commit_id]}: history was rewritten"
            report.find(head.stream, head.version, FindingKind.ANCHORED_COMMIT_DIFFERS, message)


def _name(number: int) -> str:
    return f"anchor {number}"
