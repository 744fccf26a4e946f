"""Which buckets a message of S3 tells of."""

import json
from typing import Any

import pytest

from lablet_controller.domain.bucket_notice import NoBucketNotice, changed_buckets


def a_record(bucket: str = "exam-ccnp", **changes: Any) -> dict[str, Any]:
    facts = {"bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}, "object": {"key": "cml.yaml", "size": 7}}
    return {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": facts} | changes


def test_every_bucket_is_told_once() -> None:
    records = [a_record("a-form"), a_record("b-form"), a_record("a-form", eventName="ObjectRemoved:Delete")]
    assert changed_buckets(json.dumps({"Records": records})) == {"a-form", "b-form"}


def test_the_trial_message_of_a_new_notification_tells_of_none() -> None:
    assert changed_buckets('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "exam-ccnp"}') == frozenset()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("exam-ccnp", id="no JSON"),
        pytest.param("[]", id="a list"),
        pytest.param('{"Records": []}', id="no record"),
        pytest.param('{"Event": "s3:OtherEvent"}', id="another event"),
        pytest.param(json.dumps({"Records": [a_record(eventSource="aws:ses")]}), id="another service"),
        pytest.param(json.dumps({"Records": [a_record(), {"eventSource": "aws:s3"}]}), id="a record without bucket"),
        pytest.param(json.dumps({"Records": [a_record("../etc")]}), id="a name that no bucket has"),
        pytest.param(json.dumps({"Records": [a_record("a" * 64)]}), id="a name that is too long"),
        pytest.param("[" * 100_000, id="nested without end"),
    ],
)
def test_anything_else_is_refused_without_being_quoted(body: str) -> None:
    with pytest.raises(NoBucketNotice) as refused:
        changed_buckets(body)
    assert "etc" not in str(refused.value)
    assert len(str(refused.value)) < 200
