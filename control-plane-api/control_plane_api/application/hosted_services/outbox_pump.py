"""Sends committed events to the subscriber as CloudEvents, or settles them when nobody subscribed."""

from __future__ import annotations

from typing import Protocol

from lcm_core.eventstore.outbox import OutboxRow


class CloudEventSink(Protocol):
    async def send(self, row: OutboxRow) -> None:
        """Return when the receiver has it. Raises ``FarEndError`` otherwise; it is then sent again, in order."""
        ...


class NoSubscriber:
    """Where no sink is configured: nobody is owed these events, so they are done the moment they are looked at."""

    async def send(self, row: OutboxRow) -> None:
        return


class OutboxPump:
    """``lcm_core.eventstore.outbox.Deliver``: at least once, in order within each aggregate."""

    def __init__(self, sink: CloudEventSink) -> None:
        self._sink = sink

    async def __call__(self, row: OutboxRow) -> None:
        await self._sink.send(row)
