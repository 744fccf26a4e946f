"""Runs the kernel's change feed as a hosted service."""

from __future__ import annotations

from typing import Protocol


class Feed(Protocol):
    async def run(self) -> None: ...


class FeedService:
    name = "change-feed"

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def run(self) -> None:
        await self._feed.run()
