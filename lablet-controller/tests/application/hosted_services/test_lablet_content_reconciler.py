"""What is done outside for a definition: its package is read, LDS is told, buckets are watched."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from lablet_controller.application.events.cloud_event_ingestor import LabletCloudEventIngestor
from lablet_controller.application.events.content_events import ContentEvents
from lablet_controller.application.hosted_services.bucket_watch import BucketWatch
from lablet_controller.application.hosted_services.content_reconciler import ContentReconciler
from lablet_controller.application.ports.content_source import FetchedPackage
from lablet_controller.application.services.bucket_looks import BucketLooks
from lablet_controller.domain.package_files import PackageEntry, package_invalid
from lcm_core.contracts.base import InboundEventKey
from lcm_core.contracts.definitions import FollowedContent
from lcm_core.contracts.inbound_events import InboundEvent, InboundEventRecord, InboundEventStatus
from lcm_core.domain.enums import LabletDefinitionStatus
from lcm_core.domain.errors import FarEndError, InputProblem, InvalidInput, LcmError, NotFound, StaleLeader
from lcm_core.domain.read_models import LabletDefinitionReadModel
from lcm_core.domain.read_models.content_sync import (
    ConsumerOutcome,
    ConsumerStatus,
    ConsumerSync,
    ContentSyncState,
    OutsideWork,
    SyncCause,
    SyncStatus,
)
from lcm_core.domain.values import AmiRequirement, ResourceVector
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, Failed, RequeueAfter, Result
from lcm_core.testing.manual_clock import ManualClock

START = datetime(2030, 1, 1, 9, tzinfo=UTC)
AWAY = FarEndError("s3", "S3 is away", retryable=True)
GIVE_UP = 600.0


def a_definition(*work: OutsideWork, **changes: Any) -> LabletDefinitionReadModel:
    sync = ContentSyncState(status=SyncStatus.REQUESTED, cause=SyncCause.PERSON, requested_at=START, requested_by="ada")
    waiting = ConsumerSync(consumer="lds", status=ConsumerStatus.PENDING, at=START)
    row = LabletDefinitionReadModel(
        id="d-1",
        version=1,
        created_at=START,
        updated_at=START,
        name="two-routers",
        semantic_version="1.0.0",
        status=LabletDefinitionStatus.ACTIVE,
        form_qualified_name="Exam CCNP v1 LAB 1.1",
        content_hash="",
        title="",
        requirements=ResourceVector(),
        license_affinity=(),
        ami_requirement=AmiRequirement(),
        node_count=0,
        link_count=0,
        port_requests=(),
        visible_devices=(),
        max_duration_minutes=60,
        lead_seconds=0,
        teardown_seconds=0,
        grading_enabled=True,
        created_by="ada",
        content_bucket="exam-ccnp-v1-lab-1-1",
        sync=sync,
        consumers=(waiting,) if OutsideWork.REFRESH in work else (),
        outside_work=work,
    )
    return row.model_copy(update=changes)


class Record:
    """control-plane-api as far as definitions go: answers one row, and keeps what it is told."""

    def __init__(self, row: LabletDefinitionReadModel, followed: Sequence[FollowedContent] = ()) -> None:
        self.row = row
        self.followed = followed
        self.told: list[tuple[str, Any]] = []
        self.refuses: dict[str, LcmError] = {}

    async def request(self, method: str, path: str, *, params: Any = None, json: Any = None, **_: Any) -> Any:
        leaf = path.rpartition("/")[2]
        if leaf in self.refuses:
            raise self.refuses[leaf]
        if method == "POST":
            self.told.append((leaf, json))
            return {"applied": True}
        if leaf == "followed":
            return [each.model_dump(mode="json") for each in self.followed]
        return [self.row.model_dump(mode="json")] if leaf == "with-work" else self.row.model_dump(mode="json")


class Buckets:
    """``ContentSource`` with one package, or an error in its place."""

    def __init__(self, *found: LcmError | bytes) -> None:
        self.found = found
        self.fingerprints: dict[str, str | LcmError] = {}

    async def fetch(self, bucket: str) -> FetchedPackage:
        assert bucket == "exam-ccnp-v1-lab-1-1"
        (found,) = self.found
        if isinstance(found, LcmError):
            raise found
        entry = PackageEntry("RCUv1/cml.yaml", len(found), hashlib.sha256(found).hexdigest(), found)
        return FetchedPackage((entry,), "f-1")

    async def fingerprint(self, bucket: str) -> str:
        known = self.fingerprints.get(bucket, "f-now")
        if isinstance(known, LcmError):
            raise known
        return known


class Lds:
    """``LdsContent`` with deployments that agree or not."""

    def __init__(self, **answers: bool) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def refresh_content(self, form_qualified_name: str) -> list[ConsumerOutcome]:
        self.asked.append(form_qualified_name)
        return [ConsumerOutcome(deployment=name, succeeded=done) for name, done in self.answers.items()]


async def reconcile(record: Record, buckets: Buckets, lds: Lds | None = None, *, later: float = 0) -> Result:
    clock = ManualClock(START)
    clock.advance(later)
    plane = ControlPlaneApiClient(record)
    reconciler = ContentReconciler(plane, buckets, lds or Lds(east=True), clock, give_up_seconds=GIVE_UP)
    assert list(await reconciler.list_keys()) == ["d-1"]
    return await reconciler.reconcile("d-1")


async def test_a_package_is_read_and_told() -> None:
    record = Record(a_definition(OutsideWork.SYNC))

    assert await reconcile(record, Buckets(b"lab")) == Done()

    ((leaf, body),) = record.told
    assert (leaf, body["topology_yaml"], body["fingerprint"]) == ("synced-content", "lab", "f-1")


async def test_a_package_that_cannot_be_used_is_told_at_once_and_by_its_files() -> None:
    record = Record(a_definition(OutsideWork.SYNC))
    problem = InputProblem("/topology_yaml/nodes/0/id", "line 3: id 'n0' is used before")
    record.refuses["synced-content"] = InvalidInput([problem], what="lablet definition", code="topology-invalid")

    assert await reconcile(record, Buckets(b"lab")) == Done()

    ((leaf, body),) = record.told
    assert (leaf, body["fingerprint"]) == ("sync-failed", "f-1")
    assert body["problems"] == [{"path": "/RCUv1/cml.yaml/nodes/0/id", "message": "line 3: id 'n0' is used before"}]


async def test_a_hostile_package_is_told_with_the_state_of_its_bucket() -> None:
    record = Record(a_definition(OutsideWork.SYNC))

    await reconcile(record, Buckets(package_invalid(InputProblem("/../x", "its name leads elsewhere"))))

    ((leaf, body),) = record.told
    assert (leaf, body["fingerprint"]) == ("sync-failed", "f-now")
    assert "its name leads elsewhere" in body["reason"]


async def test_a_store_that_is_away_is_tried_again_until_it_is_given_up() -> None:
    record = Record(a_definition(OutsideWork.SYNC))

    assert await reconcile(record, Buckets(AWAY), later=GIVE_UP - 1) == Failed("S3 is away", outage=True)
    assert record.told == []
    assert await reconcile(record, Buckets(AWAY), later=GIVE_UP) == Done()
    assert record.told == [("sync-failed", {"reason": "S3 is away", "problems": [], "fingerprint": ""})]


async def test_a_bucket_that_is_not_there_is_told_at_once() -> None:
    record = Record(a_definition(OutsideWork.SYNC))
    buckets = Buckets(NotFound("bucket", "exam-ccnp-v1-lab-1-1"))
    buckets.fingerprints["exam-ccnp-v1-lab-1-1"] = NotFound("bucket", "exam-ccnp-v1-lab-1-1")

    assert await reconcile(record, buckets) == Done()

    ((leaf, body),) = record.told
    assert (leaf, body["reason"]) == ("sync-failed", "There is no bucket 'exam-ccnp-v1-lab-1-1'.")


async def test_lds_is_told_with_the_form_qualified_name_and_its_answer_is_kept() -> None:
    record, lds = Record(a_definition(OutsideWork.REFRESH)), Lds(east=True, west=True)

    assert await reconcile(record, Buckets(), lds) == Done()

    assert lds.asked == ["Exam CCNP v1 LAB 1.1"]
    ((leaf, body),) = record.told
    assert leaf == "consumer-refreshed"
    assert [(each["deployment"], each["succeeded"]) for each in body["outcomes"]] == [("east", True), ("west", True)]


async def test_an_lds_that_refuses_is_asked_again_and_its_refusal_is_kept_in_the_end() -> None:
    record = Record(a_definition(OutsideWork.REFRESH))

    first = await reconcile(record, Buckets(), Lds(east=True, west=False))
    assert isinstance(first, Failed)
    assert "west" in first.reason
    assert record.told == []
    assert await reconcile(record, Buckets(), Lds(east=True, west=False), later=GIVE_UP) == Done()

    ((_, body),) = record.told
    assert [each["succeeded"] for each in body["outcomes"]] == [True, False]


async def test_a_store_that_is_away_does_not_keep_lds_from_being_told() -> None:
    record = Record(a_definition(OutsideWork.SYNC, OutsideWork.REFRESH))

    result = await reconcile(record, Buckets(AWAY))

    assert isinstance(result, Failed)
    assert [leaf for leaf, _ in record.told] == ["consumer-refreshed"]


async def test_a_definition_that_is_gone_has_no_work() -> None:
    record = Record(a_definition(OutsideWork.SYNC))
    record.refuses["d-1"] = NotFound("lablet definition", "d-1")

    assert await reconcile(record, Buckets(b"lab")) == Done()


def followed(*names: str) -> list[FollowedContent]:
    return [FollowedContent(definition_id=name, content_bucket=f"b-{name}", fingerprint="f-1") for name in names]


def a_watch(record: Record, buckets: Buckets, *, every_seconds: float) -> BucketWatch:
    return BucketWatch(BucketLooks(ControlPlaneApiClient(record), buckets), every_seconds=every_seconds)


async def test_only_a_bucket_that_has_changed_is_read_again() -> None:
    record, buckets = Record(a_definition(), followed("same", "changed")), Buckets()
    buckets.fingerprints = {"b-same": "f-1", "b-changed": "f-2"}

    result = await a_watch(record, buckets, every_seconds=60).reconcile("buckets")

    assert result == RequeueAfter(60, "the next look at the buckets")
    assert record.told == [("sync", {"cause": "bucket_changed", "fingerprint": "f-2"})]


async def test_a_bucket_that_cannot_be_listed_keeps_none_of_the_others_from_being_seen() -> None:
    record, buckets = Record(a_definition(), followed("away", "gone", "changed")), Buckets()
    buckets.fingerprints = {"b-away": AWAY, "b-gone": NotFound("bucket", "b-gone"), "b-changed": "f-2"}

    result = await a_watch(record, buckets, every_seconds=60).reconcile("buckets")

    assert isinstance(result, RequeueAfter)
    assert len(record.told) == 1


async def test_a_key_that_is_not_the_buckets_is_nothing_to_look_at() -> None:
    record, buckets = Record(a_definition(), followed("changed")), Buckets()
    buckets.fingerprints = {"b-changed": "f-2"}

    assert await a_watch(record, buckets, every_seconds=60).reconcile("d-1") == Done()
    assert record.told == []


async def test_a_store_that_is_away_is_no_reason_to_wait_for_the_next_pass() -> None:
    record, buckets = Record(a_definition(), followed("away")), Buckets()
    buckets.fingerprints = {"b-away": AWAY}

    result = await a_watch(record, buckets, every_seconds=3600).reconcile("buckets")

    assert result == Failed("no bucket could be listed", outage=True)


async def test_a_leader_that_was_replaced_hears_of_it() -> None:
    record = Record(a_definition(), followed("changed"))
    record.refuses["sync"] = StaleLeader("lablet-controller", 1, 2)

    with pytest.raises(StaleLeader):
        await a_watch(record, Buckets(), every_seconds=60).reconcile("buckets")


def s3_event(bucket: str) -> InboundEvent:
    type = "com.amazonaws.s3.ObjectCreated:Put"
    data = {"eventVersion": "2.2", "s3": {"bucket": {"name": bucket}, "object": {"key": "cml.yaml"}}}
    return InboundEvent(key=InboundEventKey(source="aws:s3", id="1", type=type), data=data)  # pyright: ignore


async def test_an_event_of_a_followed_bucket_asks_for_its_synchronisation() -> None:
    record = Record(a_definition(), followed("a", "b"))
    events = ContentEvents(ControlPlaneApiClient(record).definitions)

    answer = await events.handlers["com.amazonaws.s3.ObjectCreated:Put"](s3_event("b-a"))

    assert answer.applied
    assert record.told == [("sync", {"cause": "bucket_changed", "fingerprint": ""})]


async def test_events_of_buckets_come_in_where_all_events_do() -> None:
    record = Record(a_definition(), followed("a"))
    ingestor = LabletCloudEventIngestor(ControlPlaneApiClient(record), cast(Any, None), ManualClock(START))

    event = s3_event("b-a")
    kept = InboundEventRecord(
        id="kept-1",
        source=event.key.source,
        event_id=event.key.id,
        type=event.key.type,
        data=event.data,
        status=InboundEventStatus.RECEIVED,
        received_at=START,
    )

    verdicts = await ingestor.apply([kept], 10)

    assert verdicts["kept-1"].status is InboundEventStatus.APPLIED
    assert [leaf for leaf, _ in record.told] == ["sync", "settled"], "nobody else says that it was applied"


async def test_an_event_of_a_bucket_that_nobody_follows_is_about_nothing() -> None:
    events = ContentEvents(ControlPlaneApiClient(Record(a_definition(), followed("a"))).definitions)

    answer = await events.handlers["com.amazonaws.s3.ObjectRemoved:Delete"](s3_event("other-bucket"))

    assert (answer.applied, answer.why) == (False, "no definition follows bucket other-bucket")
