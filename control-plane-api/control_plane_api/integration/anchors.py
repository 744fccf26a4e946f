"""Anchors of this system's log, where the settings name a bucket for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.clock import Clock
from lcm_core.contracts.audit import AnchorSummary
from lcm_core.domain.errors import Conflict
from lcm_core.eventstore.anchor import Anchor, AnchorStore
from lcm_core.eventstore.anchoring import Anchorer
from lcm_core.eventstore.collections import Database
from lcm_core.integration.aws.anchor_objects import AnchorBucket, AnchorObjects
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.object_store import ObjectStore
from lcm_core.side_by_side import side_by_side

_READ_AT_ONE_TIME = 8


class LogAnchors:
    """``Anchors``; *store* None is a system without a bucket for them."""

    def __init__(self, database: Database, store: AnchorStore | None) -> None:
        self._database = database
        self._store = store

    @property
    def store(self) -> AnchorStore:
        """Raises ``Conflict`` where there is none."""
        if self._store is None:
            raise Conflict(
                "The event log is not anchored: set CONTROL_PLANE_ANCHOR_BUCKET to a bucket that locks objects.",
                code="not-anchored",
            )
        return self._store

    @property
    def anchorer(self) -> Anchorer:
        return Anchorer(self._database, AGGREGATES, self.store)

    async def make(self, at: datetime, actor: str) -> AnchorSummary:
        return _summary(await self.anchorer.anchor_now(at, actor))

    async def newest(self, limit: int, before: int | None) -> Sequence[AnchorSummary]:
        numbers = [number for number in await self.store.numbers() if before is None or number < before]
        slots = asyncio.Semaphore(_READ_AT_ONE_TIME)

        async def read(number: int) -> AnchorSummary:
            async with slots:
                return _summary(await self.store.anchor(number))

        async with side_by_side() as group:
            reading = [group.create_task(read(number)) for number in reversed(numbers[-limit:])]
        return [each.result() for each in reading]


def anchor_store(settings: ControlPlaneSettings, aws: AwsCalls, clock: Clock) -> AnchorObjects | None:
    if settings.anchor_bucket is None:
        return None
    bucket = AnchorBucket(settings.anchor_bucket, settings.anchor_retention_days)
    return AnchorObjects(ObjectStore(aws, region=settings.s3_region), bucket, clock)


def _summary(anchor: Anchor) -> AnchorSummary:
    return AnchorSummary.model_validate(anchor.model_dump(exclude={"parts"}))
