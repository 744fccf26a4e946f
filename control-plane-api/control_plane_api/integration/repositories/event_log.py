"""The raw event log of one aggregate."""

from __future__ import annotations

from collections.abc import Sequence

from lcm_core.domain.commit import Commit
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.stream_reader import read_commits


class MongoEventLog:
    """``EventLog`` on the kernel's own reader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def commits(self, stream: str, *, first: int, last: int) -> Sequence[Commit]:
        return await read_commits(self._database, stream, first=first, last=last)
