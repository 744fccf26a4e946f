"""How far a consumer of the change feed has come: in memory by number, in the store by resume token."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import FEED_POSITIONS, Database

Token = Mapping[str, Any]

_MOST_UNFINISHED = 50_000


class FeedPosition:
    """Saves the token of the newest commit that everybody is done with, not at every commit but now and then."""

    def __init__(
        self, db: Database, consumer: str, *, save_every: int, save_seconds: float, rewind_seconds: float = 0
    ) -> None:
        self._positions = db[FEED_POSITIONS]
        self._consumer = consumer
        self._save_every = save_every
        self._save_seconds = save_seconds
        self._unfinished: deque[tuple[int, Token]] = deque()
        self._reached: Token | None = None
        self._finished_since_save = 0
        self._saved_at = time.monotonic()
        self._rewind_seconds = rewind_seconds
        self._trail: deque[tuple[float, Token]] = deque()

    async def load(self) -> Token | None:
        """Where to go on: what was reached, or what had been reached *rewind_seconds* before that."""
        stored = await self._positions.find_one({"_id": self._consumer})
        if stored is None:
            return None
        token = stored.get("behind", stored["token"]) if self._rewind_seconds else stored["token"]
        self.begin(token)
        return token

    def begin(self, token: Token) -> None:
        """The stream is read from *token* on."""
        self._trail.clear()
        self._trail.append((time.monotonic(), token))

    def read(self, number: int, token: Token) -> None:
        """Item *number* was read from the stream and handed to the lanes."""
        if len(self._unfinished) < _MOST_UNFINISHED:
            self._unfinished.append((number, token))
        else:
            # A handler has failed for very long: remembering less finely only means repeating more.
            self._unfinished[-1] = (number, token)

    def idle(self, token: Token) -> None:
        """Nothing is in hand, and the stream itself has moved on to *token*."""
        if not self._unfinished:
            self._reached = token

    def finished(self, number: int) -> None:
        """Every lane is done with everything up to *number*."""
        while self._unfinished and self._unfinished[0][0] <= number:
            self._reached = self._unfinished.popleft()[1]
            self._finished_since_save += 1

    @property
    def due(self) -> bool:
        """A save is worth a write. Mere idling counts thirty times less than commits do."""
        if self._reached is None:
            return False
        patience = self._save_seconds if self._finished_since_save else 30 * self._save_seconds
        return self._finished_since_save >= self._save_every or time.monotonic() - self._saved_at >= patience

    async def save(self) -> None:
        token, finished = self._reached, self._finished_since_save
        if token is None:
            return
        document = {
            "_id": self._consumer,
            "token": token,
            "behind": self._behind(token),
            "saved_at": instant_text(datetime.now(UTC)),
        }
        await self._positions.replace_one({"_id": self._consumer}, document, upsert=True)
        self._finished_since_save -= finished
        self._saved_at = time.monotonic()

    def _behind(self, token: Token) -> Token:
        """The newest token that is at least *rewind_seconds* old, or the oldest there is; *token* is that of now."""
        now = time.monotonic()
        self._trail.append((now, token))
        while len(self._trail) > 1 and self._trail[1][0] <= now - self._rewind_seconds:
            self._trail.popleft()
        return self._trail[0][1]
