"""Ports of the change feed: who listens to commits, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lcm_core.domain.commit import Commit


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """How far a process is: *behind* commits were read and not dealt with, *newest_at* is when the last of them was
    made, and since its start it has *caught_up* once or not.
    """

    connected: bool
    behind: int
    newest_at: datetime | None
    caught_up: bool


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
