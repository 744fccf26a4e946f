"""Objects in S3, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from lcm_core.domain.errors import Conflict, FarEndError, NotFound
from lcm_core.integration.aws.calls import AwsCalls, AwsTiming
from lcm_core.integration.aws.object_store import Encryption, ObjectStore, ObjectTooLarge
from lcm_core.testing.s3_server import a_bucket_name, s3_server

KEY = "tasks/1 ä.html"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(scope="module")
def store(endpoint: str) -> Iterator[ObjectStore]:
    """One for all: making a client takes longer than most tests."""
    calls = AwsCalls(endpoint_url=endpoint, threads=4)
    yield ObjectStore(calls)
    asyncio.run(calls.aclose())


@pytest.fixture
async def bucket(store: ObjectStore) -> str:
    name = a_bucket_name()
    await store.ensure_bucket(name)
    return name


async def test_what_was_written_is_read_back_with_what_is_known_of_it(store: ObjectStore, bucket: str) -> None:
    written = await store.put(bucket, KEY, b"hello", content_type="text/html", metadata={"sha": "1"})

    found = await store.get(bucket, KEY, max_bytes=5)

    assert (found.body, found.content_type, found.metadata) == (b"hello", "text/html", {"sha": "1"})
    assert (found.facts.size, found.facts.etag) == (5, written.etag)
    assert await store.head(bucket, KEY) == found.facts


async def test_a_bucket_may_be_asked_for_by_several_at_once(store: ObjectStore) -> None:
    name = a_bucket_name()

    await asyncio.gather(*(store.ensure_bucket(name) for _ in range(4)))

    assert await store.list(name, max_objects=1) == ()


async def test_an_object_larger_than_the_reader_can_bear_is_refused(store: ObjectStore, bucket: str) -> None:
    await store.put(bucket, KEY, b"123456")

    with pytest.raises(ObjectTooLarge, match="larger than 5 bytes"):
        await store.get(bucket, KEY, max_bytes=5)


async def test_a_list_is_in_the_order_of_its_keys_and_has_an_end(store: ObjectStore, bucket: str) -> None:
    for key in ("b/2", "a", "b/1"):
        await store.put(bucket, key, b"x")

    assert [row.key for row in await store.list(bucket, max_objects=3)] == ["a", "b/1", "b/2"]
    assert [row.key for row in await store.list(bucket, "b/", max_objects=2)] == ["b/1", "b/2"]
    with pytest.raises(ObjectTooLarge, match="larger than 2 objects"):
        await store.list(bucket, max_objects=2)


async def test_what_is_there_is_not_overwritten_by_who_asks_for_that(store: ObjectStore, bucket: str) -> None:
    await store.put(bucket, KEY, b"first", only_if_absent=True)

    with pytest.raises(Conflict):
        await store.put(bucket, KEY, b"second", only_if_absent=True)

    assert (await store.get(bucket, KEY, max_bytes=10)).body == b"first"


async def test_what_is_not_there_is_told_by_its_name(store: ObjectStore, bucket: str) -> None:
    with pytest.raises(NotFound, match="tasks/none"):
        await store.get(bucket, "tasks/none", max_bytes=1)
    with pytest.raises(NotFound, match="bucket 'no-such-bucket'"):
        await store.list("no-such-bucket", max_objects=1)
    with pytest.raises(NotFound, match="bucket 'no-such-bucket'"):
        await store.put("no-such-bucket", KEY, b"")
    assert await store.head(bucket, "tasks/none") is None


async def test_deleting_twice_is_as_good_as_once(store: ObjectStore, bucket: str) -> None:
    await store.put(bucket, KEY, b"x")

    await store.delete(bucket, KEY)
    await store.delete(bucket, KEY)

    assert await store.head(bucket, KEY) is None


async def test_a_store_that_does_not_answer_is_told_as_such(unused_tcp_port: int) -> None:
    timing = AwsTiming(connect_seconds=0.2, read_seconds=0.2, total_seconds=2, attempts=1)
    async with AwsCalls(endpoint_url=f"http://127.0.0.1:{unused_tcp_port}", timing=timing) as calls:
        with pytest.raises(FarEndError) as failed:
            await ObjectStore(calls).head("bucket", KEY)

    assert failed.value.retryable


async def test_what_is_written_encrypted_is_kept_encrypted(endpoint: str, store: ObjectStore, bucket: str) -> None:
    await store.put(bucket, KEY, b"x", encryption=Encryption())

    async with AwsCalls(endpoint_url=endpoint) as calls:
        facts = await calls.call("s3", "us-east-1", "look", lambda client: client.head_object(Bucket=bucket, Key=KEY))
    assert facts["ServerSideEncryption"] == "AES256"


async def test_a_retention_is_one_rule_beside_those_of_others(endpoint: str, store: ObjectStore, bucket: str) -> None:
    await store.expire(bucket, "theirs/", days=7, rule_id="theirs")
    for days in (30, 90):
        await store.expire(bucket, "ours/", days=days, rule_id="ours")

    async with AwsCalls(endpoint_url=endpoint) as calls:
        rules = await calls.call(
            "s3",
            "us-east-1",
            "look",
            lambda client: client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"],
        )
    assert {rule["ID"]: rule["Expiration"]["Days"] for rule in rules} == {"theirs": 7, "ours": 90}
