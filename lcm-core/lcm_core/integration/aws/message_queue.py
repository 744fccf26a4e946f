"""A queue in SQS, or in whatever speaks its protocol: waited on, and emptied message by message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from lcm_core.integration.aws.calls import AwsCalls

log = structlog.stdlib.get_logger(__name__)

MOST_AT_ONCE = 10
"""What SQS hands out, and deletes, in one call."""
LONGEST_WAIT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """*receipt* deletes it; *deliveries* counts how often it was handed out, this time included."""

    id: str
    receipt: str
    body: str
    deliveries: int = 1


class MessageQueue:
    """Every call raises ``FarEndError`` when the queue does not answer. A message may come twice, and in any order.

    What is received is hidden from others for *hidden_seconds*, then handed out again unless it was deleted. The
    deadline of *calls* must be longer than *wait_seconds*.
    """

    def __init__(self, calls: AwsCalls, url: str, *, region: str, wait_seconds: int, hidden_seconds: int) -> None:
        self._calls = calls
        self._url = url
        self._region = region
        self._wait_seconds = wait_seconds
        self._hidden_seconds = hidden_seconds

    async def receive(self) -> tuple[QueueMessage, ...]:
        """Up to ``MOST_AT_ONCE`` messages as soon as there are any; none when *wait_seconds* are over."""

        def work(client: Any) -> list[dict[str, Any]]:
            answer = client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=MOST_AT_ONCE,
                WaitTimeSeconds=self._wait_seconds,
                VisibilityTimeout=self._hidden_seconds,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
            return list(answer.get("Messages", ()))

        rows = await self._calls.call("sqs", self._region, f"receiving from {self._url}", work, attempts=1)
        return tuple(
            QueueMessage(
                row["MessageId"],
                row["ReceiptHandle"],
                row["Body"],
                int(row.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for row in rows
        )

    async def delete(self, messages: Sequence[QueueMessage]) -> None:
        """Of one ``receive``. What SQS refuses to delete is logged: it comes again."""
        if not messages:
            return
        entries = [{"Id": str(place), "ReceiptHandle": each.receipt} for place, each in enumerate(messages)]

        def work(client: Any) -> list[dict[str, Any]]:
            answer = client.delete_message_batch(QueueUrl=self._url, Entries=entries)
            return list(answer.get("Failed", ()))

        for refused in await self._calls.call("sqs", self._region, f"deleting from {self._url}", work):
            message = messages[int(refused["Id"])]
            log.warning("queue_message_not_deleted", message_id=message.id, reason=refused.get("Code", ""))
