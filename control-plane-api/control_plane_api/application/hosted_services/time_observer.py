"""Learns from every session how long its lab took."""

from __future__ import annotations

from collections.abc import Sequence

from control_plane_api.application.rows import Rows
from control_plane_api.application.services.observed_times import ObservedTimesStore
from lcm_core.domain.commit import Commit
from lcm_core.domain.read_models import LabletSessionReadModel

_TELLING = ("lablet_session.ready.", "lablet_session.stopped.")


class TimeObserver:
    """``lcm_core.application.feed.FeedHandler``. Seeing a commit twice, or in two processes, changes nothing twice.

    A gap loses some samples; the next sessions bring others.
    """

    name = "time-observer"

    def __init__(self, sessions: Rows[LabletSessionReadModel], times: ObservedTimesStore) -> None:
        self._sessions = sessions
        self._times = times

    async def handle(self, commits: Sequence[Commit]) -> None:
        """Raises ``StoreUnavailable``; the feed then comes again with the same commits."""
        for commit in commits:
            await self._learn(commit)

    async def _learn(self, commit: Commit) -> None:
        if not any(event.type.startswith(_TELLING) for event in commit.events):
            return
        session = await self._sessions.find(commit.aggregate_id)
        if session is None:
            return
        known = await self._times.find(session.definition_id)
        times = known.after(session)
        if times is not known:
            await self._times.save(times)

    async def on_gap(self) -> None:
        """Nothing to make good."""
