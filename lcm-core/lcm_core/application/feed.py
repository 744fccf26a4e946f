"""Ports of the change feed: who listens to commits, and how."""

from __future__ import annotations

from typing import Protocol

from lcm_core.domain.commit import Commit


class FeedHandler(Protocol):
    """Sees every commit at least once, each stream in order; after a restart the last few come again.

    A failing handler is tried again with growing pauses while the others go on. When it falls too far behind, or
    history was lost, ``on_gap`` is called instead of the commits that it missed.
    """

    @property
    def name(self) -> str:
        """For logs and metrics."""
        ...

    async def handle(self, commit: Commit) -> None: ...

    async def on_gap(self) -> None:
        """Commits were missed: compare everything with the store. Also called at the very first start."""
        ...
