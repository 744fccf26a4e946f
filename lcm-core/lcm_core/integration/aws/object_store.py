"""Objects in S3, or in whatever speaks its protocol: read and written whole, within bounds.

Bodies are held in memory, so every read says how much it can bear. What the objects mean is the caller's affair.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from lcm_core.domain.errors import Conflict, FarEndError, NotFound
from lcm_core.integration.aws.calls import AwsCallFailed, AwsCalls

_LIST_PAGE = 1000
_CHUNK_BYTES = 262_144
_ABSENT = frozenset({"NoSuchKey", "NoSuchBucket", "404", "NotFound"})
_THERE_ALREADY = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412"})
_OURS_ALREADY = frozenset({"BucketAlreadyOwnedByYou"})
_DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """*etag* changes with the body and says nothing else; it is no hash of it."""

    key: str
    size: int
    etag: str
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Encryption:
    """How the store encrypts what it keeps: with its own keys, or with *kms_key_id* where the algorithm is aws:kms."""

    algorithm: str = "AES256"
    kms_key_id: str = ""

    def arguments(self) -> dict[str, str]:
        key = {"SSEKMSKeyId": self.kms_key_id} if self.kms_key_id else {}
        return {"ServerSideEncryption": self.algorithm, **key}


@dataclass(frozen=True, slots=True)
class StoredObject:
    facts: ObjectFacts
    body: bytes
    content_type: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])


class BucketProtection(StrEnum):
    """What a bucket does against overwriting and deleting."""

    LOCKED = "locked"
    VERSIONED = "versioned"
    NONE = "none"


class ObjectTooLarge(FarEndError):
    """An object, or a list of them, is larger than the reader can bear."""

    def __init__(self, what: str, limit: str) -> None:
        super().__init__("s3", f"{what} is larger than {limit}.", retryable=False, code="object-too-large")


class ObjectStore:
    """Every call raises ``NotFound`` for what is not there and ``FarEndError`` when the store does not answer."""

    def __init__(self, calls: AwsCalls, *, region: str = _DEFAULT_REGION) -> None:
        self._calls = calls
        self._region = region

    async def ensure_bucket(self, bucket: str, *, object_lock: bool = False) -> None:
        """Make *bucket* unless it is there; may be repeated, and by several at once.

        *object_lock* is for one that is made: that of another cannot be changed from here.
        """
        lock = {"ObjectLockEnabledForBucket": True} if object_lock else {}

        def create(client: Any) -> None:
            where = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
            client.create_bucket(Bucket=bucket, **lock, **(where if self._region != _DEFAULT_REGION else {}))

        def head(client: Any) -> None:
            client.head_bucket(Bucket=bucket)

        try:
            await self._call(f"looking for bucket {bucket}", head)
        except AwsCallFailed as error:
            if error.aws_code not in _ABSENT:
                raise
            try:
                await self._call(f"making bucket {bucket}", create)
            except AwsCallFailed as refused:
                if refused.aws_code not in _OURS_ALREADY:
                    raise

    async def protection(self, bucket: str) -> BucketProtection:
        """How well *bucket* keeps what is in it; what it does not let us see counts as none."""

        def work(client: Any) -> BucketProtection:
            if _answer(client, client.get_object_lock_configuration, bucket, "ObjectLockConfiguration"):
                return BucketProtection.LOCKED
            if _answer(client, client.get_bucket_versioning, bucket, "Status") == "Enabled":
                return BucketProtection.VERSIONED
            return BucketProtection.NONE

        return await self._call(f"looking how {bucket} is protected", work)

    async def put(
        self,
        bucket: str,
        key: str,
        body: bytes,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        only_if_absent: bool = False,
        encryption: Encryption | None = None,
        retain_until: datetime | None = None,
    ) -> ObjectFacts:
        """Write the whole object; the store checks what arrived by its SHA-256.

        With *only_if_absent* an object that is there stays as it is, and ``Conflict`` is raised; that may also be
        our own, written by an attempt whose answer was lost. *retain_until* locks it, in a bucket that locks objects.
        """
        sha256 = base64.b64encode(hashlib.sha256(body).digest()).decode()
        condition = {"IfNoneMatch": "*"} if only_if_absent else {}
        encrypted = encryption.arguments() if encryption else {}
        lock = _locked_until(retain_until) if retain_until else {}

        def work(client: Any) -> Any:
            return client.put_object(
                Bucket=bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                Metadata=dict(metadata or {}),
                ChecksumSHA256=sha256,
                **condition,
                **encrypted,
                **lock,
            )

        try:
            answer = await self._call(f"writing {bucket}/{key}", work)
        except AwsCallFailed as error:
            if error.aws_code in _THERE_ALREADY:
                raise Conflict(f"Object {bucket}/{key} is there already.", code="object-exists") from error
            raise _absent(error, bucket, key) from error
        return ObjectFacts(key, len(body), _etag(answer))

    async def keep_until(self, bucket: str, key: str, until: datetime) -> None:
        """Lock what is there until then, in a bucket that locks objects; what is locked for longer stays so."""

        def work(client: Any) -> None:
            locked = client.head_object(Bucket=bucket, Key=key).get("ObjectLockRetainUntilDate")
            if locked is None or locked < until:
                retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
                client.put_object_retention(Bucket=bucket, Key=key, Retention=retention)

        try:
            await self._call(f"keeping {bucket}/{key}", work)
        except AwsCallFailed as error:
            raise _absent(error, bucket, key) from error

    async def get(self, bucket: str, key: str, *, max_bytes: int) -> StoredObject:
        """The whole object; raises ``ObjectTooLarge`` without reading further than *max_bytes*."""

        def work(client: Any) -> StoredObject | None:
            answer = client.get_object(Bucket=bucket, Key=key)
            with answer["Body"] as stream:
                body = _read_within(stream, max_bytes)
            if body is None:
                return None
            facts = ObjectFacts(key, len(body), _etag(answer), answer.get("LastModified"))
            return StoredObject(facts, body, answer.get("ContentType", ""), answer.get("Metadata", {}))

        try:
            found = await self._call(f"reading {bucket}/{key}", work)
        except AwsCallFailed as error:
            raise _absent(error, bucket, key) from error
        if found is None:
            raise ObjectTooLarge(f"object {bucket}/{key}", f"{max_bytes} bytes")
        return found

    async def head(self, bucket: str, key: str) -> ObjectFacts | None:
        """What is known of an object without reading it; None when there is no such object."""

        def work(client: Any) -> ObjectFacts:
            answer = client.head_object(Bucket=bucket, Key=key)
            return ObjectFacts(key, int(answer["ContentLength"]), _etag(answer), answer.get("LastModified"))

        try:
            return await self._call(f"looking at {bucket}/{key}", work)
        except AwsCallFailed as error:
            if error.aws_code in _ABSENT:
                return None
            raise

    async def list(self, bucket: str, prefix: str = "", *, max_objects: int) -> tuple[ObjectFacts, ...]:
        """Every object below *prefix* in the order of their keys; raises ``ObjectTooLarge`` beyond *max_objects*."""

        def work(client: Any) -> tuple[ObjectFacts, ...] | None:
            found: list[ObjectFacts] = []
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": min(_LIST_PAGE, max_objects + 1)}
            )
            for page in pages:
                found += [
                    ObjectFacts(row["Key"], int(row["Size"]), _etag(row), row.get("LastModified"))
                    for row in page.get("Contents", ())
                ]
                if len(found) > max_objects:
                    return None
            return tuple(found)

        try:
            found = await self._call(f"listing {bucket}/{prefix}", work)
        except AwsCallFailed as error:
            raise _absent(error, bucket, prefix) from error
        if found is None:
            raise ObjectTooLarge(f"the list of {bucket}/{prefix}", f"{max_objects} objects")
        return found

    async def delete(self, bucket: str, key: str) -> None:
        """May be repeated: what is not there counts as deleted."""

        def work(client: Any) -> None:
            client.delete_object(Bucket=bucket, Key=key)

        try:
            await self._call(f"deleting {bucket}/{key}", work)
        except AwsCallFailed as error:
            if error.aws_code not in _ABSENT:
                raise

    async def expire(self, bucket: str, prefix: str, *, days: int, rule_id: str) -> None:
        """Have the store delete what is below *prefix* after *days*; rules of other names stay as they are."""

        def work(client: Any) -> None:
            kept = [rule for rule in _lifecycle_rules(client, bucket) if rule.get("ID") != rule_id]
            ours = {"ID": rule_id, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}
            client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [*kept, ours]})

        await self._call(f"setting how long {bucket}/{prefix} is kept", work)

    async def _call(self, doing: str, work: Any) -> Any:
        return await self._calls.call("s3", self._region, doing, work)


def _absent(error: AwsCallFailed, bucket: str, key: str) -> Exception:
    if error.aws_code == "NoSuchBucket":
        return NotFound("bucket", bucket)
    return NotFound("object", f"{bucket}/{key}") if error.aws_code in _ABSENT else error


def _lifecycle_rules(client: Any, bucket: str) -> list[dict[str, Any]]:
    try:
        return list(client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"])
    except client.exceptions.ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchLifecycleConfiguration":
            raise
        return []


def _locked_until(until: datetime) -> dict[str, Any]:
    """A retention is refused unless the request also names the algorithm of its checksum."""
    return {
        "ObjectLockMode": "COMPLIANCE",
        "ObjectLockRetainUntilDate": until,
        "ChecksumAlgorithm": "SHA256",
    }


def _answer(client: Any, ask: Any, bucket: str, field_name: str) -> Any:
    """None for a bucket without such a configuration, or one whose configuration is not for us to see."""
    try:
        return ask(Bucket=bucket).get(field_name)
    except client.exceptions.ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        if code in ("ObjectLockConfigurationNotFoundError", "AccessDenied", "NotImplemented"):
            return None
        raise


def _read_within(stream: Any, max_bytes: int) -> bytes | None:
    """None when there is more: what a store says of a size is not believed."""
    read = bytearray()
    while chunk := stream.read(min(_CHUNK_BYTES, max_bytes + 1 - len(read))):
        read += chunk
        if len(read) > max_bytes:
            return None
    return bytes(read)


def _etag(answer: Mapping[str, Any]) -> str:
    return str(answer.get("ETag", "")).strip('"')
