"""Content packages in S3, over HTTP."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from lablet_controller.domain.package_files import PackageLimits
from lablet_controller.integration.services.content_source_spi import S3ContentSource
from lcm_core.domain.errors import FarEndError, InvalidInput, NotFound
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.object_store import ObjectStore, StoredObject
from lcm_core.testing.s3_server import a_bucket_name, s3_server

FILES = {"cml.yaml": b"lab: {}", "content.xml": b"<c/>", "tasks/1.html": b"<p>"}
SMALL = PackageLimits(packed_bytes=400, file_bytes=100, total_bytes=150, files=3)


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


async def a_bucket(store: ObjectStore, files: dict[str, bytes]) -> str:
    bucket = a_bucket_name("form")
    await store.ensure_bucket(bucket)
    for key, body in files.items():
        await store.put(bucket, key, body)
    return bucket


def packed(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return data.getvalue()


def source(store: Any, limits: PackageLimits | None = None) -> S3ContentSource:
    return S3ContentSource(store, package_name="SVN.zip", limits=limits)


async def test_loose_objects_are_the_files_of_a_package(store: ObjectStore) -> None:
    bucket = await a_bucket(store, {**FILES, "tasks/": b""})

    fetched = await source(store).fetch(bucket)

    assert {entry.path: entry.body for entry in fetched.entries} == FILES
    assert fetched.fingerprint == await source(store).fingerprint(bucket)


async def test_a_packed_object_is_the_whole_package(store: ObjectStore) -> None:
    bucket = await a_bucket(store, {"SVN.zip": packed(FILES), "older/cml.yaml": b"no part of it"})

    fetched = await source(store).fetch(bucket)

    assert {entry.path: entry.body for entry in fetched.entries} == FILES


async def test_packed_and_loose_the_same_files_are_the_same_content(store: ObjectStore) -> None:
    loose, zipped = await a_bucket(store, FILES), await a_bucket(store, {"SVN.zip": packed(FILES)})

    assert (await source(store).fetch(loose)).entries == (await source(store).fetch(zipped)).entries


async def test_the_fingerprint_changes_with_whatever_changes(store: ObjectStore) -> None:
    bucket = await a_bucket(store, FILES)
    seen = [await source(store).fingerprint(bucket)]
    await store.put(bucket, "tasks/1.html", b"<q>")
    seen.append(await source(store).fingerprint(bucket))
    await store.delete(bucket, "tasks/1.html")
    seen.append(await source(store).fingerprint(bucket))
    await store.put(bucket, "tasks/1.html", b"<p>")

    assert len(set(seen)) == 3
    assert await source(store).fingerprint(bucket) == seen[0]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "is empty"),
        ({"cml.yaml": b"x" * 101}, "larger than 100 bytes"),
        ({"a": b"x" * 100, "b": b"x" * 100}, "larger than 150 bytes"),
        ({"a": b"", "b": b"", "c": b"", "d": b""}, "more than 3 objects"),
        ({"../cml.yaml": b"x"}, "leads through"),
        ({"SVN.zip": b"x" * 401}, "packed it is larger than 400 bytes"),
        ({"SVN.zip": b"no zip"}, "no zip or tar"),
    ],
    ids=["empty", "file", "total", "number", "path", "packed", "broken"],
)
async def test_what_is_hostile_or_no_package_is_refused(store: ObjectStore, files: dict[str, bytes], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        await source(store, SMALL).fetch(await a_bucket(store, files))


async def test_a_bucket_that_is_not_there_is_told_by_its_name(store: ObjectStore) -> None:
    with pytest.raises(NotFound, match="no-such-bucket"):
        await source(store).fetch("no-such-bucket")


async def test_what_is_changed_while_it_is_read_is_to_be_read_again(store: ObjectStore) -> None:
    bucket = await a_bucket(store, FILES)

    class ChangedMeanwhile(ObjectStore):
        def __init__(self) -> None:
            pass

        list = store.list  # pyright: ignore

        async def get(self, bucket: str, key: str, *, max_bytes: int) -> StoredObject:
            await store.put(bucket, "tasks/2.html", b"late")
            return await store.get(bucket, key, max_bytes=max_bytes)

    with pytest.raises(FarEndError, match="changed while it was read") as failed:
        await source(ChangedMeanwhile()).fetch(bucket)
    assert failed.value.retryable


async def test_an_object_that_grows_while_it_is_read_is_to_be_read_again(store: ObjectStore) -> None:
    bucket = await a_bucket(store, FILES)

    class GrownMeanwhile(ObjectStore):
        def __init__(self) -> None:
            pass

        list = store.list  # pyright: ignore

        async def get(self, bucket: str, key: str, *, max_bytes: int) -> StoredObject:
            await store.put(bucket, key, b"x" * (max_bytes + 1))
            return await store.get(bucket, key, max_bytes=max_bytes)

    with pytest.raises(FarEndError, match="changed while it was read") as failed:
        await source(GrownMeanwhile()).fetch(bucket)
    assert failed.value.retryable
