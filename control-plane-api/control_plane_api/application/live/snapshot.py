"""What a live stream starts with: everything that is going on, as of one position of the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from control_plane_api.application.live.interest import Interest, Subject
from control_plane_api.application.live.live_event_hub import LiveEventHub
from lcm_core.clock import Clock
from lcm_core.domain.read_models.base import AggregateReadModel

SnapshotSource = Callable[[], Awaitable[Sequence[AggregateReadModel]]]

_REUSED_FOR_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    subject: Subject
    json: bytes


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one *kind*, encoded once for all readers."""

    kind: str
    rows: Sequence[SnapshotRow]
    whole: bytes

    @classmethod
    def of(cls, kind: str, rows: Sequence[AggregateReadModel]) -> Section:
        encoded = [
            SnapshotRow(Subject(kind, row.id, getattr(row, "owner_id", None)), row.model_dump_json().encode())
            for row in rows
        ]
        return cls(kind, encoded, _json_array(row.json for row in encoded))

    def seen_with(self, interest: Interest) -> bytes:
        """A JSON array of the rows that *interest* includes."""
        if interest.includes_all_of(self.kind):
            return self.whole
        return _json_array(row.json for row in self.rows if interest.includes(row.subject))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """*sections* by kind. Every commit up to *position* is in it, later ones may be."""

    sections: Mapping[str, Section]
    position: int
    commit_id: str | None
    as_of: datetime


class SnapshotCache:
    """Reads the sources at most once a second, however many streams begin: a browser farm reconnects all at once.

    *sources* are by kind. A reader that gets a snapshot of a moment ago also gets every commit since, from the ring of
    the hub.
    """

    def __init__(self, hub: LiveEventHub, sources: Mapping[str, SnapshotSource], clock: Clock) -> None:
        self._hub = hub
        self._sources = dict(sources)
        self._clock = clock
        self._lock = asyncio.Lock()
        self._latest: Snapshot | None = None
        self._read_at = float("-inf")

    async def get(self) -> Snapshot:
        """Raises ``StoreUnavailable``."""
        async with self._lock:
            if self._latest is None or not self._is_fresh(self._latest):
                self._latest = await self._read()
            return self._latest

    def _is_fresh(self, snapshot: Snapshot) -> bool:
        age = self._clock.monotonic() - self._read_at
        return age < _REUSED_FOR_SECONDS and self._hub.still_has_after(snapshot.position)

    async def _read(self) -> Snapshot:
        # The position is taken first: what is committed while reading comes again as an event, and is not missed.
        position, commit_id, as_of = self._hub.position, self._hub.last_commit_id, self._clock.now()
        sections = {kind: Section.of(kind, await source()) for kind, source in self._sources.items()}
        self._read_at = self._clock.monotonic()
        return Snapshot(sections, position, commit_id, as_of)


def _json_array(rows: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(rows) + b"]"
