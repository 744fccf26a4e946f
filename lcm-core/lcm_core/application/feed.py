"""Ports of the change feed: who listens to commits, and how."""

from __future__ import annotations

from collections.abc import Sequence
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

    async def handle(self, commits: Sequence[Commit]) -> None:
        """Those that wait, in order: one when it comes alone, many in a burst. After a failure all come again."""
        ...

    async def on_gap(self) -> None:
        """Commits were missed: compare everything with the store. Also called at the very first start."""
        ...
