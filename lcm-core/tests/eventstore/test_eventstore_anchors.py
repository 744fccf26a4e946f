"""A log that somebody with write access rewrites, hashes and all, and the anchors that tell."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lcm_core.domain.commit import Commit, CommitMetadata, RecordedEvent
from lcm_core.domain.errors import Conflict, StoredDataError
from lcm_core.eventstore.anchor import Anchor, AnchoredHead, MerkleTree, current_heads
from lcm_core.eventstore.anchor_check import check_anchors
from lcm_core.eventstore.anchoring import Anchorer
from lcm_core.eventstore.audit import verify_stream, verify_streams
from lcm_core.eventstore.audit_report import FindingKind
from lcm_core.eventstore.rebuild import rebuild_projections
from lcm_core.integration.aws.anchor_objects import AnchorBucket, AnchorObjects
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.object_store import BucketProtection, ObjectStore
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse
from lcm_core.testing.ledger_store import LedgerStore
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.s3_server import a_bucket_name, s3_server

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def s3_url() -> Generator[str]:
    with s3_server() as url:
        yield url


class Anchored:
    """A ledger of three purses with a bucket for its anchors; parts hold two heads, so that there are several."""

    def __init__(self, store: LedgerStore, calls: AwsCalls) -> None:
        objects = ObjectStore(calls)
        self.store = store
        self.calls = calls
        self.db = store.db
        self.objects = objects
        self.bucket = a_bucket_name("anchors")
        self.clock = ManualClock(NOON)
        self.anchors = AnchorObjects(objects, AnchorBucket(self.bucket, 30), self.clock)
        self.anchorer = Anchorer(store.db, [Purse], self.anchors, heads_per_part=2)

    async def found(self) -> list[tuple[str, FindingKind]]:
        report = await check_anchors(self.db, self.anchors)
        return [(finding.stream, finding.kind) for finding in report.findings]

    async def locked_until(self, key: str) -> datetime:
        def look(client: Any) -> datetime:
            return client.head_object(Bucket=self.bucket, Key=key)["ObjectLockRetainUntilDate"]

        return await self.calls.call("s3", "us-east-1", "looking at a retention", look)

    async def make_up_anew(self, stream: str, actor: str) -> None:
        """Every commit of *stream* in the name of *actor*, chained with right hashes, and the state to go with it."""
        prev_hash = "0" * 64
        for document in await self.db["events"].find({"stream": stream}).sort("version", 1).to_list():
            forged = Commit.chained(
                kind=document["kind"],
                aggregate_id=document["aggregate_id"],
                version=document["version"],
                events=tuple(RecordedEvent.model_validate(event) for event in document["events"]),
                metadata=CommitMetadata.model_validate({**document["metadata"], "actor": actor}),
                prev_hash=prev_hash,
            )
            await self.db["events"].replace_one({"_id": document["_id"]}, forged.to_document())
            prev_hash = forged.hash
        await rebuild_projections(self.db, LEDGER_EVENTS, [Purse])


@pytest.fixture
async def anchored(store: LedgerStore, s3_url: str):
    for id in ("a", "b", "c"):
        await store.open(id, coins=1)
    await store.fill("b", 1)
    async with AwsCalls(endpoint_url=s3_url, user_agent="test") as calls:
        yield Anchored(store, calls)


async def test_a_log_that_goes_on_agrees_with_its_anchors(anchored: Anchored):
    first = await anchored.anchorer.anchor_now(NOON, "ada")
    await anchored.store.fill("b", 5)
    await anchored.store.open("d")
    second = await anchored.anchorer.anchor_now(NOON, "ada")
    report = await check_anchors(anchored.db, anchored.anchors)
    assert report.findings == []
    assert (report.anchors, report.heads, first.streams, second.streams) == (2, 3 + 2, 3, 4)
    assert (second.number, second.previous_hash) == (2, first.hash)
    assert len(second.parts) == 2


async def test_a_stream_made_up_anew_with_right_hashes_passes_the_audit_but_not_the_anchors(anchored: Anchored):
    await anchored.anchorer.anchor_now(NOON, "ada")
    await anchored.make_up_anew("purse-b", actor="nobody")
    assert (await verify_streams(anchored.db, LEDGER_EVENTS, [Purse])).clean
    assert await anchored.found() == [("purse-b", FindingKind.ANCHORED_COMMIT_DIFFERS)]


async def test_a_stream_made_up_anew_between_two_anchors_is_told_by_the_first(anchored: Anchored):
    await anchored.anchorer.anchor_now(NOON, "ada")
    await anchored.make_up_anew("purse-b", actor="nobody")
    await anchored.store.fill("b", 5)
    await anchored.anchorer.anchor_now(NOON, "ada")
    assert await anchored.found() == [("purse-b", FindingKind.ANCHORED_COMMIT_DIFFERS)]


async def test_a_stream_removed_with_its_state_is_told_by_every_anchor_that_knows(anchored: Anchored):
    await anchored.anchorer.anchor_now(NOON, "ada")
    await anchored.db["events"].delete_many({"stream": "purse-b"})
    await anchored.db["purses"].delete_one({"_id": "b"})
    assert (await verify_streams(anchored.db, LEDGER_EVENTS, [Purse])).clean
    assert await anchored.found() == [("purse-b", FindingKind.ANCHORED_COMMIT_MISSING)]
    await anchored.anchorer.anchor_now(NOON, "ada")
    assert await anchored.found() == [("purse-b", FindingKind.ANCHORED_COMMIT_MISSING)] * 2


async def test_a_day_gets_one_anchor_and_a_day_that_was_slept_through_none(anchored: Anchored):
    made = [
        await anchored.anchorer.anchor_day(NOON + timedelta(hours=hours), "the clock") for hours in (0, 6, 11.9, 60, 61)
    ]
    assert [anchor.day if anchor else None for anchor in made] == ["2030-01-01", None, None, "2030-01-04", None]


async def test_a_number_is_given_once(anchored: Anchored):
    anchor = await anchored.anchorer.anchor_now(NOON, "ada")
    with pytest.raises(Conflict):
        await anchored.anchors.append(anchor)


async def test_anchors_are_locked_in_the_bucket_that_is_made_for_them(anchored: Anchored):
    await anchored.anchorer.anchor_now(NOON, "ada")
    assert await anchored.objects.protection(anchored.bucket) is BucketProtection.LOCKED


async def test_a_changed_anchor_and_one_that_was_taken_out_are_told(anchored: Anchored):
    for _ in range(3):
        await anchored.anchorer.anchor_now(NOON, "ada")
    kept = await anchored.objects.get(anchored.bucket, "anchors/chain/0000000002.json", max_bytes=10_000)
    forged = Anchor.model_validate_json(kept.body).model_copy(update={"actor": "nobody"})
    await anchored.objects.put(anchored.bucket, kept.facts.key, forged.model_dump_json().encode())
    assert await anchored.found() == [("anchor 2", FindingKind.ANCHOR_BROKEN)]
    await anchored.objects.put(anchored.bucket, kept.facts.key, forged.sealed().model_dump_json().encode())
    assert await anchored.found() == [("anchor 3", FindingKind.ANCHOR_BROKEN)]
    await anchored.objects.delete(anchored.bucket, kept.facts.key)
    assert await anchored.found() == [("anchor 3", FindingKind.ANCHOR_BROKEN)]


async def test_an_anchor_that_lost_its_heads_hides_nothing_of_the_next(anchored: Anchored):
    await anchored.anchorer.anchor_now(NOON, "ada")
    await anchored.store.fill("b", 5)
    second = await anchored.anchorer.anchor_now(NOON, "ada")
    await anchored.store.fill("b", 5)
    await anchored.anchorer.anchor_now(NOON, "ada")
    await anchored.make_up_anew("purse-b", actor="nobody")
    await anchored.objects.delete(anchored.bucket, f"anchors/heads/{second.parts[0].sha256}.ndjson.gz")
    rewritten = ("purse-b", FindingKind.ANCHORED_COMMIT_DIFFERS)
    assert await anchored.found() == [rewritten, ("anchor 2", FindingKind.ANCHOR_BROKEN), rewritten]
    await anchored.objects.delete(anchored.bucket, "anchors/chain/0000000002.json")
    assert await anchored.found() == [rewritten, ("anchor 3", FindingKind.ANCHOR_BROKEN), rewritten]


async def test_heads_that_two_anchors_share_are_kept_as_long_as_the_younger(anchored: Anchored):
    first = await anchored.anchorer.anchor_now(NOON, "ada")
    key = f"anchors/heads/{first.parts[0].sha256}.ndjson.gz"
    for days, kept_days in ((0, 30), (20, 50), (-5, 50)):
        anchored.clock.advance(timedelta(days=days).total_seconds())
        await anchored.anchorer.anchor_now(NOON, "ada")
        assert await anchored.locked_until(key) == NOON + timedelta(days=kept_days)


async def test_a_state_that_names_no_head_is_told(anchored: Anchored):
    await anchored.db["purses"].update_one({"_id": "b"}, {"$unset": {"head_hash": ""}})
    with pytest.raises(StoredDataError, match="purse-b"):
        await anchored.anchorer.anchor_now(NOON, "ada")


async def test_heads_that_were_changed_or_lost_are_told(anchored: Anchored):
    anchor = await anchored.anchorer.anchor_now(NOON, "ada")
    for part, body in zip(anchor.parts, (b"\x1f\x8bnonsense", None), strict=True):
        key = f"anchors/heads/{part.sha256}.ndjson.gz"
        if body is None:
            await anchored.objects.delete(anchored.bucket, key)
        else:
            await anchored.objects.put(anchored.bucket, key, body)
        assert await anchored.found() == [("anchor 1", FindingKind.ANCHOR_BROKEN)]


async def test_one_stream_can_be_proved_alone(anchored: Anchored):
    clean = await verify_stream(anchored.db, LEDGER_EVENTS, [Purse], "purse-b")
    assert (clean.findings, clean.streams, clean.commits) == ([], 1, 2)
    await anchored.db["events"].update_one({"_id": "purse-b@2"}, {"$set": {"metadata.actor": "nobody"}})
    await anchored.db["events"].delete_one({"_id": "purse-a@1"})
    changed = await verify_stream(anchored.db, LEDGER_EVENTS, [Purse], "purse-b")
    gone = await verify_stream(anchored.db, LEDGER_EVENTS, [Purse], "purse-a")
    assert {finding.kind for finding in changed.findings} == {FindingKind.CHANGED_COMMIT}
    assert {finding.kind for finding in gone.findings} == {FindingKind.MISSING_COMMIT}


async def test_heads_come_in_order_and_read_back_as_written(anchored: Anchored):
    heads = [head async for head in current_heads(anchored.db, [Purse])]
    assert [(head.stream, head.version) for head in heads] == [("purse-a", 1), ("purse-b", 2), ("purse-c", 1)]
    assert [AnchoredHead.from_line(head.line()) for head in heads] == heads


@pytest.mark.parametrize(
    ("leaves", "root"),
    [
        ((), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ((b"",), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (
            (b"", b"\x00", b"\x10"),
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        ),
    ],
    ids=["empty", "one", "three"],
)
def test_the_root_is_that_of_the_published_tree(leaves: tuple[bytes, ...], root: str):
    """Test vectors of Certificate Transparency's reference implementation."""
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    assert tree.root() == root
