"""Changes in buckets, as S3 tells them (CloudEvents' adapter for Amazon S3)."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from lablet_controller.application.events.inbound_events import EventData, Handler, Identifier
from lcm_core.contracts.base import Applied
from lcm_core.contracts.definitions import RequestSync
from lcm_core.contracts.inbound_events import InboundEvent
from lcm_core.domain.read_models.content_sync import SyncCause
from lcm_core.integration.clients.control_plane_client import DefinitionsApi

_PREFIX = "com.amazonaws.s3."
_CHANGES = (
    "ObjectCreated:Put",
    "ObjectCreated:Post",
    "ObjectCreated:Copy",
    "ObjectCreated:CompleteMultipartUpload",
    "ObjectRemoved:Delete",
    "ObjectRemoved:DeleteMarkerCreated",
)


class _Bucket(EventData):
    name: Identifier


class _Change(EventData):
    bucket: _Bucket


class BucketChangedData(EventData):
    change: _Change = Field(alias="s3")


class ContentEvents:
    """Asks for a synchronisation of every definition that follows the bucket; what has become of it is read then."""

    def __init__(self, definitions: DefinitionsApi) -> None:
        self._definitions = definitions

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {f"{_PREFIX}{change}": self._changed for change in _CHANGES}

    async def _changed(self, event: InboundEvent) -> Applied:
        bucket = BucketChangedData.model_validate(event.data).change.bucket.name
        following = [each for each in await self._definitions.followed() if each.content_bucket == bucket]
        if not following:
            return Applied(applied=False, why=f"no definition follows bucket {bucket}")
        request = RequestSync(cause=SyncCause.BUCKET_CHANGED)
        answers = [await self._definitions.request_sync(each.definition_id, request) for each in following]
        return next((answer for answer in answers if answer.applied), answers[0])
