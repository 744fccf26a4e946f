"""Evidence in S3, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from lcm_core.domain.errors import NotFound
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.evidence_objects import EvidenceBucket, EvidenceObjects, EvidenceTampered
from lcm_core.integration.aws.object_store import ObjectStore
from lcm_core.testing.s3_server import a_bucket_name, s3_server


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
async def calls(endpoint: str) -> AsyncIterator[AwsCalls]:
    async with AwsCalls(endpoint_url=endpoint, threads=4) as made:
        yield made


async def test_a_text_is_kept_encrypted_with_its_hash_and_size_and_forgotten_in_time(calls: AwsCalls) -> None:
    bucket = EvidenceBucket(a_bucket_name(), retention_days=30)
    evidence = EvidenceObjects(ObjectStore(calls), bucket)

    kept = await evidence.keep("s-1", "R 1/ä", "hostname R1\n")

    assert (kept.size_bytes, kept.key.split("/")[:3]) == (12, ["evidence", "s-1", "R-1"])
    assert await evidence.read(kept) == "hostname R1\n"
    facts, rules = await calls.call(
        "s3",
        "us-east-1",
        "look",
        lambda s3: (
            s3.head_object(Bucket=bucket.name, Key=kept.key),
            s3.get_bucket_lifecycle_configuration(Bucket=bucket.name)["Rules"],
        ),
    )
    assert (facts["ContentType"], facts["ServerSideEncryption"]) == ("text/plain; charset=utf-8", "AES256")
    assert [(rule["Filter"], rule["Expiration"]) for rule in rules] == [({"Prefix": "evidence/"}, {"Days": 30})]


async def test_keeping_the_same_text_again_makes_the_same_object_and_another_text_another(calls: AwsCalls) -> None:
    evidence = EvidenceObjects(ObjectStore(calls), EvidenceBucket(a_bucket_name()))

    first, again, other = [await evidence.keep("s-1", "R1", text) for text in ("a", "a", "b")]

    assert first == again
    assert await evidence.read(first) == "a"
    assert other.key != first.key


async def test_what_was_changed_in_the_store_is_not_taken_for_evidence(calls: AwsCalls) -> None:
    store, name = ObjectStore(calls), a_bucket_name()
    evidence = EvidenceObjects(store, EvidenceBucket(name))
    kept = await evidence.keep("s-1", "R1", "router ospf 1")
    await store.put(name, kept.key, b"router ospf 2")

    with pytest.raises(EvidenceTampered, match="changed or damaged"):
        await evidence.read(kept)


async def test_what_is_not_kept_any_more_is_not_found(calls: AwsCalls) -> None:
    store, name = ObjectStore(calls), a_bucket_name()
    evidence = EvidenceObjects(store, EvidenceBucket(name))
    kept = await evidence.keep("s-1", "R1", "x")
    await store.delete(name, kept.key)

    with pytest.raises(NotFound):
        await evidence.read(kept)
