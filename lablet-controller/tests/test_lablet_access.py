"""How far ends are reached, from settings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from pydantic import SecretStr, ValidationError

from lablet_controller.access import bucket_notices
from lablet_controller.settings import LabletControllerSettings
from lcm_core.integration.aws.message_queue import LONGEST_WAIT_SECONDS
from lcm_core.testing.s3_server import s3_server

REGION = "us-east-1"


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


def settings(**more: Any) -> LabletControllerSettings:
    values: dict[str, Any] = {
        "oidc_issuer": "http://127.0.0.1:1",
        "control_plane_url": "http://127.0.0.1:1",
        "cml_password": SecretStr("secret"),
        "s3_region": REGION,
        **more,
    }
    return LabletControllerSettings(**values)


@pytest.mark.parametrize("seconds", [0, LONGEST_WAIT_SECONDS + 1])
def test_a_wait_for_messages_that_the_queue_would_refuse_is_refused_at_start(seconds: int) -> None:
    with pytest.raises(ValidationError, match="content_queue_wait_seconds"):
        settings(content_queue_wait_seconds=seconds)


async def test_the_longest_wait_is_one_that_the_queue_takes(aws: str) -> None:
    sqs: Any = boto3.client("sqs", endpoint_url=aws, region_name=REGION)
    url = sqs.create_queue(QueueName=f"notices-{uuid4().hex[:8]}")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="here already")
    given = {"content_queue_url": url, "sqs_endpoint_url": aws, "content_queue_wait_seconds": LONGEST_WAIT_SECONDS}

    made = bucket_notices(settings(**given))

    assert made is not None
    calls, queue = made
    async with calls:
        assert [each.body for each in await queue.receive()] == ["here already"]


async def test_a_call_waits_as_long_as_it_was_told_to_and_then_has_nothing(aws: str) -> None:
    sqs: Any = boto3.client("sqs", endpoint_url=aws, region_name=REGION)
    url = sqs.create_queue(QueueName=f"notices-{uuid4().hex[:8]}")["QueueUrl"]
    given = {"content_queue_url": url, "sqs_endpoint_url": aws, "content_queue_wait_seconds": 1}
    made = bucket_notices(settings(**given))
    assert made is not None
    calls, queue = made

    began = time.monotonic()
    async with calls:
        found = await queue.receive()

    assert found == ()
    assert 0.9 <= time.monotonic() - began < 10


def test_without_a_queue_nothing_waits_for_one() -> None:
    assert bucket_notices(settings()) is None
