"""Buckets tell a queue of their changes, and who waits on the queue holds up nobody."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lcm_simulators.cloud.testing import RunningCloud, running_cloud

TOO_LONG_SECONDS = 15


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[RunningCloud]:
    async with running_cloud(tmp_path, quiet_bucket="evidence", notice_queue="told") as running:
        yield running


def _receive(cloud: RunningCloud, wait_seconds: int) -> list[dict[str, Any]]:
    """The bodies of up to ten messages, which are deleted."""
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName="told")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds).get("Messages", [])
    for message in found:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in found]


async def test_a_receive_that_waits_is_answered_by_the_next_change_and_holds_up_no_other_call(
    cloud: RunningCloud,
) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="form")
    trial = await asyncio.to_thread(_receive, cloud, 0)
    assert [each["Event"] for each in trial] == ["s3:TestEvent"]

    waiting = asyncio.create_task(asyncio.to_thread(_receive, cloud, 20))
    async with asyncio.timeout(TOO_LONG_SECONDS):
        assert await asyncio.to_thread(cloud.client("ec2").describe_instances)
        assert not waiting.done()
        await asyncio.to_thread(s3.put_object, Bucket="form", Key="cml.yaml", Body=b"lab")
        (told,) = await waiting
    assert [record["s3"]["bucket"]["name"] for record in told["Records"]] == ["form"]


async def test_a_quiet_bucket_tells_nobody_and_a_wait_for_nothing_ends(cloud: RunningCloud) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="evidence")
    s3.put_object(Bucket="evidence", Key="R1.txt", Body=b"show version")
    assert await asyncio.to_thread(_receive, cloud, 1) == []
