"""Ends the live streams as soon as the service begins to stop, so that a stop does not wait for them."""

from __future__ import annotations

import asyncio

from control_plane_api.application.live.live_event_hub import LiveEventHub


class StreamCloser:
    """A hosted service; *stopping* is the application's, known only once that is made."""

    name = "live-stream-closer"

    def __init__(self, hub: LiveEventHub) -> None:
        self._hub = hub
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        self._hub.reopen()
        await self.stopping.wait()
        self._hub.stop()
        await asyncio.Event().wait()
