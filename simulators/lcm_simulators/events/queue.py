"""The events not yet delivered, in the simulator's own database."""

import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass

from lcm_simulators.storage import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS event_queue (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    lane TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at REAL NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS event_queue_lane ON event_queue (lane, seq);
"""


@dataclass(frozen=True)
class QueuedEvent:
    """One delivery to make. `body` is the event in CloudEvents JSON; `due_at` is in seconds since the epoch."""

    seq: int
    event_id: str
    type: str
    lane: str
    body: str
    attempts: int
    due_at: float
    held: bool


class EventQueue:
    """Deliveries by lane: a lane is delivered in order, one at a time; lanes do not wait for each other."""

    def __init__(self, database: Database) -> None:
        self._connection = database.connection
        self._connection.executescript(_SCHEMA)

    def add(self, event_id: str, type_: str, lane: str, body: str, *, due_at: float = 0.0, held: bool = False) -> None:
        """Append a delivery. A held one becomes due at `due_at`, or as soon as another event was delivered."""
        self._connection.execute(
            "INSERT INTO event_queue (event_id, type, lane, body, due_at, held) VALUES (?, ?, ?, ?, ?, ?)",
            (event_id, type_, lane, body, due_at, held),
        )

    def due(self, *, busy_lanes: Collection[str], limit: int) -> list[QueuedEvent]:
        """The heads of idle lanes whose time has come, oldest first."""
        now = time.time()
        return [event for event in self._heads() if event.due_at <= now and event.lane not in busy_lanes][:limit]

    def seconds_until_due(self, *, busy_lanes: Collection[str]) -> float | None:
        """How long until an idle lane has something to deliver; None when none ever will by itself."""
        times = [event.due_at for event in self._heads() if event.lane not in busy_lanes]
        return max(0.0, min(times) - time.time()) if times else None

    def delivered(self, event: QueuedEvent) -> None:
        """Forget a delivery that was accepted, and let go of what was held behind it."""
        self._connection.execute("DELETE FROM event_queue WHERE seq = ?", (event.seq,))
        self._connection.execute(
            "UPDATE event_queue SET due_at = 0, held = 0 WHERE held = 1 AND seq <> ?", (event.seq,)
        )

    def postpone(self, event: QueuedEvent, seconds: float) -> None:
        """Try again after that long."""
        self._connection.execute(
            "UPDATE event_queue SET attempts = attempts + 1, due_at = ? WHERE seq = ?",
            (time.time() + seconds, event.seq),
        )

    def pending(self) -> list[QueuedEvent]:
        """Everything not delivered yet, oldest first."""
        return [_event(row) for row in self._connection.execute("SELECT * FROM event_queue ORDER BY seq")]

    def _heads(self) -> list[QueuedEvent]:
        rows = self._connection.execute(
            "SELECT * FROM event_queue WHERE seq IN (SELECT MIN(seq) FROM event_queue GROUP BY lane) ORDER BY seq"
        )
        return [_event(row) for row in rows]


def _event(row: sqlite3.Row) -> QueuedEvent:
    values = dict(row)
    return QueuedEvent(**{**values, "held": bool(values["held"])})
