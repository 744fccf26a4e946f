"""Waits for word of buckets that have changed, and looks at each of them at once.

Beside the pass over all buckets, which finds whatever no word came of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import structlog

from lablet_controller.application.ports.notice_queue import NoticeQueue
from lablet_controller.application.services.bucket_looks import BucketLooks, Look
from lablet_controller.domain.bucket_notice import NoBucketNotice, changed_buckets
from lcm_core.integration.aws.message_queue import QueueMessage
from lcm_core.observability import meter
from lcm_core.reconcile import Done, Failed, RequeueAfter, Result

log = structlog.stdlib.get_logger(__name__)

_meter = meter("lablet_controller.content")
_notices = _meter.create_counter(
    "lcm_content_bucket_notices_total",
    description="Messages of the queue of bucket notifications, by outcome: noted, unknown, trial, poison, kept, "
    "given_up.",
)
_ONLY_KEY = "bucket-notices"
MOST_DELIVERIES = 10
"""A message whose bucket could not be listed, or was being read, so often is left to the pass over all buckets."""


class BucketNotices:
    """Implements ``Reconciler`` with one key: one wait on the queue, and what came of it.

    A message is deleted when the synchronisations that it means are on record, or when it means none; until then it
    comes again. So it may be killed at any line: a look finds nothing new in what was asked for before.
    """

    def __init__(self, queue: NoticeQueue, looks: BucketLooks, *, gives_up: bool = True) -> None:
        """Without a pass over all buckets nobody else would look: then *gives_up* has to be false, and a message comes
        again for as long as the queue keeps it.
        """
        self._queue = queue
        self._looks = looks
        self._gives_up = gives_up

    async def list_keys(self) -> Collection[str]:
        return [_ONLY_KEY]

    async def reconcile(self, key: str) -> Result:
        if key != _ONLY_KEY:
            return Done()
        messages = await self._queue.receive()
        told = {message: buckets for message in messages if (buckets := _read(message)) is not None}
        seen = await self._look(frozenset[str]().union(*told.values()))
        kept = [message for message, buckets in told.items() if self._keeps(message, buckets, seen)]
        await self._queue.delete([message for message in messages if message not in kept])
        if kept and set[Look]().union(*seen.values()) == {Look.UNREAD}:
            return Failed("no bucket that has changed could be listed", outage=True)
        return RequeueAfter(0, "word of buckets")

    async def _look(self, buckets: Collection[str]) -> Mapping[str, Collection[Look]]:
        """Of those that somebody follows, what came of the looks at it."""
        if not buckets:
            return {}
        followed = [each for each in await self._looks.followed() if each.content_bucket in buckets]
        seen: dict[str, set[Look]] = {}
        for content, look in zip(followed, await self._looks.look(followed), strict=True):
            seen.setdefault(content.content_bucket, set()).add(look)
        return seen

    def _keeps(self, message: QueueMessage, buckets: Collection[str], seen: Mapping[str, Collection[Look]]) -> bool:
        """Whether *message* has to come again."""
        unsettled = sorted(bucket for bucket in buckets if set(seen.get(bucket, ())) - {Look.NOTED})
        if not unsettled:
            _count("noted" if any(bucket in seen for bucket in buckets) else "unknown" if buckets else "trial")
            return False
        if self._gives_up and message.deliveries >= MOST_DELIVERIES:
            log.warning(
                "bucket_notice_given_up", message_id=message.id, buckets=unsettled, deliveries=message.deliveries
            )
            _count("given_up")
            return False
        _count("kept")
        return True


def _read(message: QueueMessage) -> Collection[str] | None:
    """None for what no store wrote."""
    try:
        return changed_buckets(message.body)
    except NoBucketNotice as error:
        log.warning("bucket_notice_unreadable", message_id=message.id, reason=str(error), size=len(message.body))
        _count("poison")
        return None


def _count(outcome: str) -> None:
    _notices.add(1, {"outcome": outcome})
