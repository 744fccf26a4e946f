from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import document_hash
from lcm_core.eventstore import audit as audit_module
from lcm_core.eventstore.audit import verify_streams
from lcm_core.eventstore.audit_report import AuditReport, Finding, FindingKind, HistoricCommit, Invariant
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.progress import Step
from lcm_core.eventstore.stream_reader import StreamHead, stream_heads
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse
from lcm_core.testing.ledger_store import LedgerStore


@pytest.fixture
async def history(store: LedgerStore) -> Database:
    """Three purses, one of them with four commits."""
    for id in ("a", "b", "c"):
        await store.open(id, coins=1)
    for coins in (1, 2, 3):
        await store.fill("b", coins)
    return store.db


async def audit(db: Database, *invariants: Invariant) -> AuditReport:
    return await verify_streams(db, LEDGER_EVENTS, [Purse], invariants)


def kinds(report: AuditReport) -> set[tuple[str, FindingKind]]:
    return {(finding.stream, finding.kind) for finding in report.findings}


async def test_honest_log_is_clean(history: Database):
    report = await audit(history)
    assert (report.findings, report.streams, report.commits, report.events) == ([], 3, 6, 9)


async def test_empty_log_is_clean(db: Database):
    assert (await audit(db)).clean


async def test_fingerprint_is_the_same_until_something_is_written(store: LedgerStore, history: Database):
    first, second = (await audit(history)).fingerprint, (await audit(history)).fingerprint
    await store.fill("a", 1)
    assert (first == second, first == (await audit(history)).fingerprint) == (True, False)


async def test_missing_commit_in_the_middle(history: Database):
    await history.events.delete_one({"_id": "purse-b@2"})
    assert kinds(await audit(history)) == {("purse-b", FindingKind.MISSING_COMMIT)}


async def test_missing_first_commit(history: Database):
    await history.events.delete_one({"_id": "purse-b@1"})
    (finding,) = (await audit(history)).findings
    assert (finding.version, finding.kind) == (1, FindingKind.MISSING_COMMIT)


async def test_missing_last_commit(history: Database):
    await history.events.delete_one({"_id": "purse-b@4"})
    assert kinds(await audit(history)) == {("purse-b", FindingKind.STATE_DIFFERS)}


async def test_missing_stream(history: Database):
    await history.events.delete_many({"stream": "purse-b"})
    assert kinds(await audit(history)) == {("purse-b", FindingKind.STATE_WITHOUT_LOG)}


async def test_changed_content(history: Database):
    await history.events.update_one({"_id": "purse-b@2"}, {"$set": {"events.0.data.coins": 99}})
    assert ("purse-b", FindingKind.CHANGED_COMMIT) in kinds(await audit(history))


async def test_changed_content_with_a_hash_made_to_fit(history: Database):
    forged: dict[str, Any] = await history.events.find_one({"_id": "purse-b@2"}) or {}
    forged["events"][0]["data"]["coins"] = 99
    forged["hash"] = document_hash(forged)
    await history.events.replace_one({"_id": "purse-b@2"}, forged)
    assert ("purse-b", FindingKind.BROKEN_CHAIN) in kinds(await audit(history))


async def test_last_commit_changed_with_a_hash_made_to_fit(history: Database):
    forged: dict[str, Any] = await history.events.find_one({"_id": "purse-b@4"}) or {}
    forged["metadata"]["actor"] = "nobody"
    forged["hash"] = document_hash(forged)
    await history.events.replace_one({"_id": "purse-b@4"}, forged)
    (finding,) = (await audit(history)).findings
    assert finding.kind is FindingKind.STATE_DIFFERS
    assert "/head_hash" in finding.message


async def test_commit_slipped_in_under_another_id(history: Database):
    forged: dict[str, Any] = await history.events.find_one({"_id": "purse-b@2"}) or {}
    await history.events.insert_one({**forged, "_id": "purse-b@2x"})
    assert kinds(await audit(history)) == {("purse-b", FindingKind.STRAY_COMMIT)}


async def test_document_that_is_no_commit(history: Database):
    await history.events.insert_one({"_id": "graffiti"})
    report = await audit(history)
    assert ("graffiti", FindingKind.UNKNOWN_AGGREGATE) in kinds(report)


async def test_absurd_version_does_not_stop_the_audit(history: Database):
    forged: dict[str, Any] = await history.events.find_one({"_id": "purse-b@2"}) or {}
    await history.events.insert_one({**forged, "_id": "purse-b@2000000000", "version": 2_000_000_000})
    assert ("purse-b", FindingKind.MISSING_COMMIT) in kinds(await audit(history))


async def test_changed_state_is_told_by_field(history: Database):
    await history.purses.update_one({"_id": "a"}, {"$set": {"coins": 9}})
    (finding,) = (await audit(history)).findings
    assert finding.message == "replay and stored state differ: /coins should be 1, is 9"


async def test_missing_state(history: Database):
    await history.purses.delete_one({"_id": "a"})
    assert kinds(await audit(history)) == {("purse-a", FindingKind.STATE_MISSING)}


async def test_event_that_nobody_knows(history: Database):
    await history.events.update_one({"_id": "purse-a@1"}, {"$set": {"events.0.type": "purse.burnt.v1"}})
    assert ("purse-a", FindingKind.UNREADABLE_COMMIT) in kinds(await audit(history))


async def test_commands_may_go_on_during_the_audit(
    store: LedgerStore, history: Database, monkeypatch: pytest.MonkeyPatch
):
    """Between the listing of the streams and the reading of their states, one grows and one is born."""

    async def list_then_write(db: Database) -> dict[str, StreamHead]:
        heads = await stream_heads(db)
        await store.fill("b", 1)
        await store.open("late")
        return heads

    monkeypatch.setattr(audit_module, "stream_heads", list_then_write)
    assert (await audit(history)).findings == []


class NobodyIsRich:
    """No purse ever held more than the limit, at any moment of its history."""

    name = "nobody is rich"

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._richest: dict[str, int] = {}

    def observe(self, aggregate: AnyAggregate, history: Sequence[HistoricCommit]) -> None:
        replayed = Purse(aggregate.id)
        for historic in history:
            replayed.replay_commit(historic.events, head_hash=historic.commit.hash, at=historic.commit.at)
            self._richest[aggregate.stream] = max(self._richest.get(aggregate.stream, 0), replayed.state.coins)

    async def check(self) -> Iterable[Finding]:
        return [
            Finding(stream, 0, FindingKind.INVARIANT, f"held {coins} coins", self.name)
            for stream, coins in self._richest.items()
            if coins > self._limit
        ]


async def test_invariant_sees_all_of_history(history: Database):
    report = await audit(history, NobodyIsRich(limit=6))
    assert [(finding.stream, finding.message) for finding in report.findings] == [("purse-b", "held 7 coins")]


async def test_kept_invariant_is_clean(history: Database):
    report = await audit(history, NobodyIsRich(limit=7))
    assert (report.clean, report.invariants) == (True, ("nobody is rich",))


async def test_progress_counts_streams(history: Database):
    steps: list[Step] = []
    await verify_streams(history, LEDGER_EVENTS, [Purse], (), steps.append)
    assert steps[-1] == Step("streams", 3, 3)
