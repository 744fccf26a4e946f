"""Where a store leaves word of what has changed in its buckets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lcm_core.integration.aws.message_queue import QueueMessage


class NoticeQueue(Protocol):
    """Hands out at least once; raises ``FarEndError`` when it does not answer."""

    async def receive(self) -> Sequence[QueueMessage]:
        """A few, as soon as there are any; none when there were none for some seconds."""
        ...

    async def delete(self, messages: Sequence[QueueMessage]) -> None:
        """They are not handed out again."""
        ...
