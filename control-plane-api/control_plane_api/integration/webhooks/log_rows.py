"""Events of the log in the form in which they are sent, and the log by time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pymongo.read_concern import ReadConcern

from control_plane_api.application.webhooks.replays import HistoryPage
from control_plane_api.domain.events.registry import EVENTS as REGISTRY
from lcm_core.domain.commit import Commit
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import EVENTS, Database
from lcm_core.eventstore.outbox_row import OutboxRow
from lcm_core.eventstore.store_errors import store_errors

_PAGE = 1000


def rows_of(commit: Commit) -> tuple[OutboxRow, ...]:
    """Its events that leave, as they left: the same ids, name and data as they were recorded."""
    return tuple(OutboxRow.of_commit(commit, REGISTRY.publishes))


class MongoEventHistory:
    """``EventHistory``."""

    def __init__(self, database: Database, *, page: int = _PAGE) -> None:
        self._log = database[EVENTS].with_options(read_concern=ReadConcern("majority"))
        self._page = page

    async def page(self, since: datetime, until: datetime) -> HistoryPage:
        """A full page ends before the instant of its last commit: the next one begins with all of that instant."""
        limit = self._page
        between = {"metadata.at": {"$gte": instant_text(since), "$lt": instant_text(until)}}
        while True:
            with store_errors("reading the log by time"):
                found = await self._log.find(between).sort("metadata.at", 1).limit(limit).to_list()
            commits = [Commit.from_document(each) for each in found]
            if len(commits) < limit:
                return HistoryPage(_rows_of_all(commits), None)
            last = commits[-1].at
            if commits[0].at < last:
                return HistoryPage(_rows_of_all([each for each in commits if each.at < last]), last)
            limit *= 2  # More commits of one instant than a page holds.


def _rows_of_all(commits: Sequence[Commit]) -> list[OutboxRow]:
    return [row for commit in commits for row in rows_of(commit)]
