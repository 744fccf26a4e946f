"""Content packages in S3: one bucket for each form, with its files one by one or packed into one object."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from lablet_controller.application.ports.content_source import FetchedPackage
from lablet_controller.application.services.package_archive import read_archive
from lablet_controller.domain.package_files import PackageBuilder, PackageEntry, PackageLimits, package_invalid
from lcm_core.domain.errors import FarEndError, InputProblem, NotFound
from lcm_core.integration.aws.object_store import ObjectFacts, ObjectStore, ObjectTooLarge

_READS_AT_ONCE = 4


class S3ContentSource:
    """Implements ``ContentSource``. The object named *package_name*, if there is one, is the package; else all are."""

    def __init__(self, store: ObjectStore, *, package_name: str, limits: PackageLimits | None = None) -> None:
        self._store = store
        self._package_name = package_name
        self._limits = limits or PackageLimits()

    async def fingerprint(self, bucket: str) -> str:
        return _fingerprint(await self._list(bucket))

    async def fetch(self, bucket: str) -> FetchedPackage:
        listed = await self._list(bucket)
        if not listed:
            raise package_invalid(InputProblem("", f"bucket {bucket} is empty"))
        packed = next((facts for facts in listed if facts.key == self._package_name), None)
        entries = await (self._unpacked(bucket, packed) if packed else self._loose(bucket, listed))
        fingerprint = _fingerprint(listed)
        if await self.fingerprint(bucket) != fingerprint:
            raise _changed(bucket)
        return FetchedPackage(entries, fingerprint)

    async def _unpacked(self, bucket: str, packed: ObjectFacts) -> tuple[PackageEntry, ...]:
        limit = self._limits.packed_bytes
        if packed.size > limit:
            raise package_invalid(InputProblem(f"/{packed.key}", f"packed it is larger than {limit} bytes"))
        found = await self._store.get(bucket, packed.key, max_bytes=limit)
        return await asyncio.to_thread(read_archive, found.body, self._limits)

    async def _loose(self, bucket: str, listed: Sequence[ObjectFacts]) -> tuple[PackageEntry, ...]:
        builder = PackageBuilder(self._limits)
        claimed = [(facts, builder.claim(facts.key)) for facts in listed if not facts.key.endswith("/")]
        wanted = [(facts, path) for facts, path in claimed if path is not None]
        for facts, path in wanted:
            builder.room_for(path, facts.size)
        if sum(facts.size for facts, _ in wanted) > self._limits.total_bytes:
            raise package_invalid(InputProblem("", f"it is larger than {self._limits.total_bytes} bytes"))
        slots = asyncio.Semaphore(_READS_AT_ONCE)

        async def read(facts: ObjectFacts, path: str) -> None:
            async with slots:
                try:
                    body = (await self._store.get(bucket, facts.key, max_bytes=facts.size)).body
                except (NotFound, ObjectTooLarge) as error:
                    raise _changed(bucket) from error
                sha256 = await asyncio.to_thread(lambda: hashlib.sha256(body).hexdigest())
                builder.add(path, len(body), sha256, body if builder.keeps(len(body)) else None)

        try:
            async with asyncio.TaskGroup() as group:
                for facts, path in wanted:
                    group.create_task(read(facts, path))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return builder.entries()

    async def _list(self, bucket: str) -> tuple[ObjectFacts, ...]:
        try:
            return await self._store.list(bucket, max_objects=self._limits.files)
        except ObjectTooLarge as error:
            raise package_invalid(
                InputProblem("", f"bucket {bucket} has more than {self._limits.files} objects")
            ) from error


def _changed(bucket: str) -> FarEndError:
    return FarEndError("s3", f"Bucket {bucket} was changed while it was read; read it again.", retryable=True)


def _fingerprint(listed: Sequence[ObjectFacts]) -> str:
    digest = hashlib.sha256()
    for facts in listed:
        for part in (facts.key, str(facts.size), facts.etag):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big"))
            digest.update(data)
    return digest.hexdigest()
