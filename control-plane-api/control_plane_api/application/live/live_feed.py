"""Takes every commit off the change feed, with the read model of its aggregate, and passes it on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from control_plane_api.application.live.latest_rows import LatestRows
from control_plane_api.application.live.live_event import LiveChange
from control_plane_api.application.live.live_event_hub import LiveEventHub
from lcm_core.domain.commit import Commit
from lcm_core.domain.read_models.base import AggregateReadModel


class LiveFeed:
    """``lcm_core.application.feed.FeedHandler``: no read for what is known here, or follows from the
    commit, and one for all else of a burst, however many streams are open.

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
        try:
            await self._tell(commits)
        finally:
            # Last, because it wakes what has time: whoever made a commit has told the rest of this system already.
            self._noticed(commits)

    async def _tell(self, commits: Sequence[Commit]) -> None:
        self._rows.follow(commits)
        rows = await self._rows.find_all([(each.kind, each.aggregate_id, each.version) for each in commits])
        owners = await self._owners(rows)
        told = zip(commits, rows, owners, strict=True)
        self._hub.publish(*(LiveChange(commit, row, owner) for commit, row, owner in told))

    async def _owners(self, rows: Sequence[AggregateReadModel | None]) -> list[str | None]:
        """Who booked it. What belongs to a session, like its delivery or its score, is its owner's."""
        sessions = [getattr(row, "lablet_session_id", None) for row in rows]
        wanted = [("lablet_session", id, 0) for id in sessions if isinstance(id, str)]
        found = dict(zip(wanted, await self._rows.find_all(wanted), strict=True))
        booked = [
            found["lablet_session", id, 0] if isinstance(id, str) else row
            for id, row in zip(sessions, rows, strict=True)
        ]
        owners = [getattr(each, "owner_id", None) for each in booked]
        return [owner if isinstance(owner, str) else None for owner in owners]

    async def on_gap(self) -> None:
        self._rows.forget()
        self._hub.forget()
        self._gap()
