"""One look at a followed bucket: whether anything in it has changed, and the synchronisation that is then asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import StrEnum

import structlog

from lablet_controller.application.ports.content_source import ContentSource
from lcm_core.contracts.definitions import FollowedContent, RequestSync
from lcm_core.domain.errors import Conflict, DomainError, InvalidInput, LcmError, NotFound
from lcm_core.domain.read_models.content_sync import SyncCause
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)

_meter = meter("lablet_controller.content")
_looked = _meter.create_counter(
    "lcm_content_bucket_looks_total", description="Looks at a followed bucket, by outcome: same, changed, unread."
)


class Look(StrEnum):
    NOTED = "noted"
    """What has changed, if anything has, is on record."""
    UNDER_WAY = "under_way"
    """It has changed, and is being read: whether as it is now, the next look tells."""
    UNREAD = "unread"
    """It could not be listed."""


class BucketLooks:
    """*at_once* buckets at a time. What is found only asks for a synchronisation, which then goes its usual way."""

    def __init__(self, control_plane: ControlPlaneApiClient, source: ContentSource, *, at_once: int = 4) -> None:
        self._definitions = control_plane.definitions
        self._source = source
        self._at_once = at_once

    async def followed(self) -> list[FollowedContent]:
        return await self._definitions.followed()

    async def look(self, contents: Sequence[FollowedContent]) -> list[Look]:
        """What came of each of *contents*. A bucket that cannot be listed keeps none of the others from being seen."""
        slots = asyncio.Semaphore(self._at_once)

        async def look(content: FollowedContent) -> Look:
            async with slots:
                return await self._look(content)

        try:
            async with asyncio.TaskGroup() as group:
                looks = [group.create_task(look(content)) for content in contents]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return [each.result() for each in looks]

    async def _look(self, content: FollowedContent) -> Look:
        try:
            fingerprint = await self._source.fingerprint(content.content_bucket)
        except (NotFound, InvalidInput) as error:
            # gone, or grown beyond all bounds: somebody's doing, and an answer all the same
            _looked.add(1, {"outcome": "unread"})
            log.warning("followed_bucket_unusable", bucket=content.content_bucket, reason=error.message)
            return Look.NOTED
        except LcmError as error:
            _looked.add(1, {"outcome": "unread"})
            log.warning("followed_bucket_not_listed", bucket=content.content_bucket, reason=error.message)
            return Look.UNREAD
        if fingerprint == content.fingerprint:
            _looked.add(1, {"outcome": "same"})
            return Look.NOTED
        _looked.add(1, {"outcome": "changed"})
        request = RequestSync(cause=SyncCause.BUCKET_CHANGED, fingerprint=fingerprint)
        try:
            answer = await self._definitions.request_sync(content.definition_id, request)
        except (NotFound, Conflict, DomainError) as error:
            log.info("followed_definition_moved_on", definition_id=content.definition_id, reason=error.message)
            return Look.NOTED
        return Look.NOTED if answer.applied else Look.UNDER_WAY
