"""Takes every commit off the change feed, with the read model of its aggregate, and passes it on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from control_plane_api.application.live.latest_rows import LatestRows
from control_plane_api.application.live.live_event import LiveChange
from control_plane_api.application.live.live_event_hub import LiveEventHub
from lcm_core.domain.commit import Commit
from lcm_core.domain.read_models.base import AggregateReadModel


class LiveFeed:
    """``lcm_core.application.feed.FeedHandler``: no read for what is known here, one for a burst of
    others' commits, however many streams are open.

    *noticed* is called with each commit too, and *gap* when commits were missed.
    """

    name = "live-feed"

    def __init__(
        self,
        hub: LiveEventHub,
        rows: LatestRows,
        *,
        noticed: Callable[[Sequence[Commit]], None],
        gap: Callable[[], None],
    ) -> None:
        self._hub = hub
        self._rows = rows
        self._noticed = noticed
        self._gap = gap

    async def handle(self, commits: Sequence[Commit]) -> None:
        """Raises ``StoreUnavailable``; the feed then comes again with the same commits, which no stream has seen."""
        self._noticed(commits)
        rows = await asyncio.gather(
            *(self._rows.find(commit.kind, commit.aggregate_id, commit.version) for commit in commits)
        )
        owners = await asyncio.gather(*(self._owner(row) for row in rows))
        told = zip(commits, rows, owners, strict=True)
        self._hub.publish(*(LiveChange(commit, row, owner) for commit, row, owner in told))

    async def _owner(self, row: AggregateReadModel | None) -> str | None:
        """Who booked it. What belongs to a session, like its delivery or its score, is its owner's."""
        session_id = getattr(row, "lablet_session_id", None)
        of = await self._rows.find("lablet_session", session_id, 0) if isinstance(session_id, str) else row
        owner = getattr(of, "owner_id", None)
        return owner if isinstance(owner, str) else None

    async def on_gap(self) -> None:
        self._rows.forget()
        self._hub.forget()
        self._gap()
