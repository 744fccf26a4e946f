"""What S3 puts into a queue: which buckets have changed.

The form is that of "Event message structure" in the Amazon S3 user guide. What exactly has changed is not read: the
bucket itself tells that, and a message may be late, doubled or out of order.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_LONGEST_BUCKET_NAME = 63
"""By S3's rules for general purpose buckets."""


class NoBucketNotice(ValueError):
    """The message is none that S3 writes; the text says why, without quoting it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Bucket(_Part):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.\-]+$", max_length=_LONGEST_BUCKET_NAME)]


class _Entity(_Part):
    bucket: _Bucket


class _Record(_Part):
    source: Annotated[Literal["aws:s3"], Field(alias="eventSource")]
    s3: _Entity


class _Notice(_Part):
    records: Annotated[list[_Record], Field(alias="Records", min_length=1)]


class _Trial(_Part):
    event: Annotated[Literal["s3:TestEvent"], Field(alias="Event")]


def changed_buckets(body: str) -> frozenset[str]:
    """The buckets that *body* tells of; none for the trial message of a new notification.

    Raises ``NoBucketNotice`` for anything else.
    """
    try:
        return frozenset(record.s3.bucket.name for record in _Notice.model_validate_json(body).records)
    except ValidationError as refused:
        if _is_trial(body):
            return frozenset()
        wrong = refused.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in wrong["loc"])
        raise NoBucketNotice(f"{where}: {wrong['msg']}" if where else wrong["msg"]) from None


def _is_trial(body: str) -> bool:
    try:
        _Trial.model_validate_json(body)
    except ValidationError:
        return False
    return True
