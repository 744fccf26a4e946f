"""Buckets that tell a queue what is put into them, as an account of which that was asked would have it."""

from typing import Any

from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from lcm_simulators.cloud.settings import CloudSettings

_EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]


class BucketNotifications:
    """Used in moto's thread only. The queue is not kept over restarts: what is in it is lost, as it may be."""

    def __init__(self, account_id: str, settings: CloudSettings) -> None:
        self._buckets: Any = s3_backends[account_id]["aws"]
        self._quiet = settings.quiet_bucket
        self._queue_arn = ""
        if settings.notice_queue:
            queues: Any = sqs_backends[account_id][settings.region]
            self._queue_arn = str(queues.create_queue(settings.notice_queue, {}).queue_arn)

    def attach_all(self) -> list[str]:
        """To every bucket that there is; returns those that had none."""
        return [name for name in list(self._buckets.buckets) if self.attach(name)]

    def attach(self, bucket: str) -> bool:
        """Unless it has a notification, or is to tell nobody, or is not there."""
        known = self._buckets.buckets.get(bucket)
        if not self._queue_arn or bucket == self._quiet or known is None or known.notification_configuration:
            return False
        wanted = {"Queue": self._queue_arn, "Event": _EVENTS}
        self._buckets.put_bucket_notification_configuration(bucket, {"QueueConfiguration": [wanted]})
        return True
