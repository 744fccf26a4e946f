"""Notifications of real buckets through a real queue, over HTTP, up to the synchronisation that is asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from structlog.testing import capture_logs

from lablet_controller.application.hosted_services.bucket_notices import MOST_DELIVERIES, BucketNotices
from lablet_controller.application.services.bucket_looks import BucketLooks
from lablet_controller.integration.services.content_source_spi import S3ContentSource
from lcm_core.contracts.definitions import FollowedContent
from lcm_core.domain.errors import FarEndError, StaleLeader
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.message_queue import MessageQueue
from lcm_core.integration.aws.object_store import ObjectStore
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, Failed, RequeueAfter
from lcm_core.testing.s3_server import a_bucket_name, s3_server

REGION = "us-east-1"
AGAIN = RequeueAfter(0, "word of buckets")


class Plane:
    """What control-plane-api is asked for; *refuses* is raised in place of an answer."""

    def __init__(self, *buckets: str) -> None:
        self.buckets = buckets
        self.asked: list[str] = []
        self.refuses: Exception | None = None
        self.reads_it_already = False

    async def request(self, method: str, path: str, *, json: Any = None, **_: Any) -> Any:
        if path.endswith("/followed"):
            return [
                FollowedContent(definition_id=f"of-{each}", content_bucket=each, fingerprint="old").model_dump()
                for each in self.buckets
            ]
        if self.refuses is not None:
            raise self.refuses
        self.asked.append(path.split("/")[-2])
        return {"applied": not self.reads_it_already}


class World:
    """One queue, and buckets that send their notifications to it."""

    def __init__(self, endpoint: str, calls: AwsCalls) -> None:
        clients: list[Any] = [boto3.client(each, endpoint_url=endpoint, region_name=REGION) for each in ("sqs", "s3")]
        self.sqs, self.s3 = clients
        self.url: str = self.sqs.create_queue(QueueName=f"notices-{uuid4().hex[:8]}")["QueueUrl"]
        self.source = S3ContentSource(ObjectStore(calls), package_name="SVN.zip")
        self.calls = calls

    def a_bucket(self) -> str:
        """With a notification, whose trial message is in the queue."""
        bucket = a_bucket_name("form")
        self.s3.create_bucket(Bucket=bucket)
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        wanted = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
        self.s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [wanted]}
        )
        return bucket

    def put(self, bucket: str, key: str = "cml.yaml") -> None:
        self.s3.put_object(Bucket=bucket, Key=key, Body=b"lab")

    def send(self, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def left(self) -> int:
        """Messages that are in the queue, those in somebody's hands included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)

    def notices(
        self, plane: Plane, *, wait_seconds: int = 0, hidden_seconds: int = 60, gives_up: bool = True
    ) -> BucketNotices:
        queue = MessageQueue(
            self.calls, self.url, region=REGION, wait_seconds=wait_seconds, hidden_seconds=hidden_seconds
        )
        client: Any = plane
        return BucketNotices(queue, BucketLooks(ControlPlaneApiClient(client), self.source), gives_up=gives_up)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
async def world(endpoint: str) -> AsyncIterator[World]:
    async with AwsCalls(endpoint_url=endpoint, threads=2) as calls:
        yield World(endpoint, calls)


async def test_a_file_that_is_put_has_its_definition_synchronised_and_the_message_is_gone(world: World) -> None:
    bucket = world.a_bucket()
    world.put(bucket)
    world.put(bucket, "content.xml")
    plane = Plane(bucket, "another-form")

    assert await world.notices(plane).reconcile("bucket-notices") == AGAIN

    assert plane.asked == [f"of-{bucket}"], "once, however many files came"
    assert world.left() == 0, "the trial message of the notification, too"


async def test_a_message_that_comes_while_it_waits_is_told_at_once(world: World) -> None:
    bucket = world.a_bucket()
    plane = Plane(bucket)
    notices = world.notices(plane, wait_seconds=20)
    await notices.reconcile("bucket-notices")  # the trial message

    waiting = asyncio.create_task(notices.reconcile("bucket-notices"))
    await asyncio.to_thread(world.put, bucket)

    async with asyncio.timeout(15):
        assert await waiting == AGAIN
    assert plane.asked == [f"of-{bucket}"]


async def test_a_bucket_that_nobody_follows_and_what_no_store_wrote_are_deleted(world: World) -> None:
    world.put(world.a_bucket())
    world.send('{"secret": "do not log me"}')
    plane = Plane("another-form")

    with capture_logs() as logs:
        assert await world.notices(plane).reconcile("bucket-notices") == AGAIN

    assert (plane.asked, world.left()) == ([], 0)
    assert [entry["event"] for entry in logs] == ["bucket_notice_unreadable"]
    assert "do not log me" not in json.dumps(logs)


async def test_nothing_is_deleted_before_the_synchronisation_is_on_record(world: World) -> None:
    bucket = world.a_bucket()
    world.put(bucket)
    plane = Plane(bucket)
    plane.refuses = StaleLeader("lablet-controller", 1, 2)

    with pytest.raises(StaleLeader):
        await world.notices(plane, hidden_seconds=0).reconcile("bucket-notices")
    assert world.left() == 2

    plane.refuses = None
    assert await world.notices(plane).reconcile("bucket-notices") == AGAIN
    assert (plane.asked, world.left()) == ([f"of-{bucket}"], 0)


async def test_a_change_while_the_bucket_is_being_read_is_looked_at_again(world: World) -> None:
    bucket = world.a_bucket()
    world.put(bucket)
    plane = Plane(bucket)
    plane.reads_it_already = True
    notices = world.notices(plane, hidden_seconds=0)

    assert await notices.reconcile("bucket-notices") == AGAIN
    assert world.left() == 1

    plane.reads_it_already = False
    assert await notices.reconcile("bucket-notices") == AGAIN
    assert (plane.asked, world.left()) == ([f"of-{bucket}"] * 2, 0)


class _Away(S3ContentSource):
    async def fingerprint(self, bucket: str) -> str:
        raise FarEndError("s3", "S3 is away", retryable=True)


async def test_a_bucket_that_cannot_be_listed_keeps_its_message_until_the_pass_over_all_has_to_do(world: World) -> None:
    bucket = world.a_bucket()
    world.put(bucket)
    plane, world.source = Plane(bucket), _Away(ObjectStore(world.calls), package_name="SVN.zip")
    notices = world.notices(plane, hidden_seconds=0)

    results = [await notices.reconcile("bucket-notices") for _ in range(MOST_DELIVERIES)]

    assert results == [Failed("no bucket that has changed could be listed", outage=True)] * (MOST_DELIVERIES - 1) + [
        AGAIN
    ]
    assert (plane.asked, world.left()) == ([], 0)


async def test_a_message_is_not_given_up_where_nobody_else_looks_at_its_bucket(world: World) -> None:
    bucket = world.a_bucket()
    world.put(bucket)
    plane, world.source = Plane(bucket), _Away(ObjectStore(world.calls), package_name="SVN.zip")
    notices = world.notices(plane, hidden_seconds=0, gives_up=False)

    results = [await notices.reconcile("bucket-notices") for _ in range(MOST_DELIVERIES + 1)]

    assert results == [Failed("no bucket that has changed could be listed", outage=True)] * (MOST_DELIVERIES + 1)
    assert world.left() == 1


async def test_a_key_that_is_somebody_elses_is_nothing_to_do(world: World) -> None:
    assert await world.notices(Plane("nobodys")).reconcile("session-1") == Done()


async def test_an_empty_queue_is_waited_on_again_and_one_that_is_not_there_is_a_far_end_that_fails(
    world: World,
) -> None:
    assert await world.notices(Plane()).reconcile("bucket-notices") == AGAIN
    world.sqs.delete_queue(QueueUrl=world.url)
    with pytest.raises(FarEndError, match="sqs did not do it"):
        await world.notices(Plane()).reconcile("bucket-notices")
