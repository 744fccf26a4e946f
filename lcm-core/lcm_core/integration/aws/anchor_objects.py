"""Anchors of the event log in S3, below ``anchors/`` in a bucket of their own.

Where the bucket locks objects, each is written with a retention that not even we can shorten (compliance mode). Where
it only keeps versions, an overwritten anchor can be had back; where it does neither, the chain still tells that one was
changed, and the log says at the start what is missing.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pydantic import ValidationError

from lcm_core.clock import Clock
from lcm_core.domain.errors import Conflict, StoredDataError
from lcm_core.domain.json_form import canonical_bytes, to_json_form
from lcm_core.eventstore.anchor import Anchor, AnchorPart
from lcm_core.integration.aws.object_store import BucketProtection, ObjectStore

log = structlog.stdlib.get_logger(__name__)

_CHAIN = "anchors/chain/"
_PARTS = "anchors/heads/"
_MOST_ANCHORS = 100_000
_LARGEST_BYTES = 33_554_432


@dataclass(frozen=True, slots=True)
class AnchorBucket:
    """*retention_days* counts where the bucket locks objects; a bucket that we make does."""

    name: str
    retention_days: int


class AnchorObjects:
    """``AnchorStore``."""

    def __init__(self, store: ObjectStore, bucket: AnchorBucket, clock: Clock) -> None:
        self._store = store
        self._bucket = bucket
        self._clock = clock
        self._preparing = asyncio.Lock()
        self._protection: BucketProtection | None = None

    async def numbers(self) -> Sequence[int]:
        await self._prepared()
        found = await self._store.list(self._bucket.name, _CHAIN, max_objects=_MOST_ANCHORS)
        names = (facts.key.removeprefix(_CHAIN).removesuffix(".json") for facts in found)
        return sorted(int(name) for name in names if name.isdecimal())

    async def anchor(self, number: int) -> Anchor:
        found = await self._store.get(self._bucket.name, _key(number), max_bytes=_LARGEST_BYTES)
        try:
            return Anchor.model_validate_json(found.body)
        except ValidationError as error:
            raise StoredDataError(f"{_key(number)} is no anchor: {error.error_count()} fields are wrong") from error

    async def append(self, anchor: Anchor) -> None:
        body, until = canonical_bytes(to_json_form(anchor)), await self._kept_until()
        await self._put(_key(anchor.number), body, "application/json", until)

    async def keep_part(self, sha256: str, lines: bytes) -> None:
        """Named by its content: what is there already is the same, and kept as long as the youngest anchor with it."""
        key, until = _part_key(sha256), await self._kept_until()
        try:
            await self._put(key, gzip.compress(lines, mtime=0), "application/gzip", until)
        except Conflict:
            if until is not None:
                await self._store.keep_until(self._bucket.name, key, until)

    async def part(self, part: AnchorPart) -> bytes:
        key = _part_key(part.sha256)
        found = await self._store.get(self._bucket.name, key, max_bytes=_LARGEST_BYTES)
        unpacking = zlib.decompressobj(wbits=31)
        try:
            lines = unpacking.decompress(found.body, _LARGEST_BYTES)
        except zlib.error as error:
            raise StoredDataError(f"{key} cannot be unpacked: {error}") from error
        if not unpacking.eof:
            raise StoredDataError(f"{key} is cut off, or unpacks to more than {_LARGEST_BYTES} bytes")
        return lines

    async def _kept_until(self) -> datetime | None:
        """None where the bucket locks nothing."""
        locks, days = await self._prepared() is BucketProtection.LOCKED, self._bucket.retention_days
        return self._clock.now() + timedelta(days=days) if locks and days > 0 else None

    async def _put(self, key: str, body: bytes, content_type: str, until: datetime | None) -> None:
        await self._store.put(
            self._bucket.name, key, body, content_type=content_type, only_if_absent=True, retain_until=until
        )

    async def _prepared(self) -> BucketProtection:
        """Once per process: the bucket is there, and it is known how well it keeps what it has."""
        async with self._preparing:
            if self._protection is None:
                await self._store.ensure_bucket(self._bucket.name, object_lock=True)
                self._protection = await self._store.protection(self._bucket.name)
                if self._protection is not BucketProtection.LOCKED:
                    log.warning(
                        "anchors_not_locked",
                        bucket=self._bucket.name,
                        protection=self._protection.value,
                        hint="use a bucket with object lock, so that nobody can replace an anchor",
                    )
            return self._protection


def _key(number: int) -> str:
    return f"{_CHAIN}{number:010d}.json"


def _part_key(sha256: str) -> str:
    return f"{_PARTS}{sha256}.ndjson.gz"
