"""Takes every commit off the change feed, with the read model of its aggregate, and passes it on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from control_plane_api.application.live.live_event import LiveChange
from control_plane_api.application.live.live_event_hub import LiveEventHub
from lcm_core.domain.commit import Commit
from lcm_core.domain.read_models.base import AggregateReadModel

_REMEMBERED_ROWS = 5_000


class RowSource(Protocol):
    """Read models of one kind of aggregate."""

    async def find(self, id: str) -> AggregateReadModel | None: ...


class LiveFeed:
    """``lcm_core.application.feed.FeedHandler``: one read per commit, however many streams are open.

    *noticed* is called with each commit too, and *gap* when commits were missed.
    """

    name = "live-feed"

    def __init__(
        self,
        hub: LiveEventHub,
        rows: Mapping[str, RowSource],
        *,
        noticed: Callable[[Sequence[Commit]], None],
        gap: Callable[[], None],
    ) -> None:
        self._hub = hub
        self._rows = dict(rows)
        self._noticed = noticed
        self._gap = gap
        self._latest: OrderedDict[str, AggregateReadModel] = OrderedDict()

    async def handle(self, commit: Commit) -> None:
        """Raises ``StoreUnavailable``; the feed then comes again with the same commit."""
        self._noticed((commit,))
        self._hub.publish(LiveChange(commit, await self._row(commit)))

    async def on_gap(self) -> None:
        self._latest.clear()
        self._hub.forget()
        self._gap()

    async def _row(self, commit: Commit) -> AggregateReadModel | None:
        """The aggregate now. After a burst the row read for an earlier commit is as new as this one."""
        known = self._latest.get(commit.stream)
        if known is not None and known.version >= commit.version:
            return known
        source = self._rows.get(commit.kind)
        row = await source.find(commit.aggregate_id) if source is not None else None
        if row is not None:
            self._latest[commit.stream] = row
            self._latest.move_to_end(commit.stream)
            if len(self._latest) > _REMEMBERED_ROWS:
                self._latest.popitem(last=False)
        return row
