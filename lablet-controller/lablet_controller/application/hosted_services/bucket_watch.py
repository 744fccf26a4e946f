"""Looks at every followed bucket now and then, and asks for a synchronisation where something has changed."""

from __future__ import annotations

from collections.abc import Collection

from lablet_controller.application.services.bucket_looks import BucketLooks, Look
from lcm_core.reconcile import Done, Failed, RequeueAfter, Result

_ONLY_KEY = "buckets"


class BucketWatch:
    """Implements ``Reconciler`` with one key: a pass over all buckets, each listed once.

    A bucket that cannot be listed is looked at again in the next pass.
    """

    def __init__(self, looks: BucketLooks, *, every_seconds: float) -> None:
        self._looks = looks
        self._every_seconds = every_seconds

    async def list_keys(self) -> Collection[str]:
        return [_ONLY_KEY]

    async def reconcile(self, key: str) -> Result:
        if key != _ONLY_KEY:
            return Done()
        seen = await self._looks.look(await self._looks.followed())
        if seen and all(each is Look.UNREAD for each in seen):
            return Failed("no bucket could be listed", outage=True)
        return RequeueAfter(self._every_seconds, "the next look at the buckets")
