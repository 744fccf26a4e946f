"""One change stream over ``events`` per process, fanned out to everybody who wants to know.

Durable handlers see every commit at least once: the stored position moves on when all of them are done. Live
subscriptions get the commits at once and are cut off when they cannot keep up. Neither can hold up the other.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from opentelemetry import metrics
from pydantic import ValidationError
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.errors import OperationFailure, PyMongoError

from lcm_core.application.feed import FeedHandler, FeedStanding
from lcm_core.domain.commit import Commit
from lcm_core.eventstore.cancellation import cancellation_kept
from lcm_core.eventstore.collections import EVENTS, Database, Document
from lcm_core.eventstore.feed_lane import FeedLane
from lcm_core.eventstore.feed_position import FeedPosition, Token
from lcm_core.eventstore.subscription import LossReason, Subscription, SubscriptionHub

_INSERTS = [{"$match": {"operationType": "insert"}}]
_HISTORY_LOST = frozenset({286, 280, 260, 9})
"""ChangeStreamHistoryLost, ChangeStreamFatalError, InvalidResumeToken, FailedToParse: the token leads nowhere."""
_AWAIT_MS = 1000
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0

_log = structlog.stdlib.get_logger(__name__)
_meter = metrics.get_meter("lcm_core.feed")
_commits = _meter.create_counter("lcm_feed_commits", unit="{commit}", description="Commits read from the change feed")
_gaps = _meter.create_counter("lcm_feed_gaps", unit="{gap}", description="Times the change feed has lost its place")


class ChangeFeed:
    """*consumer* names the stored position; two processes that both need every commit use two names."""

    def __init__(
        self,
        db: Database,
        consumer: str,
        handlers: Sequence[FeedHandler] = (),
        *,
        history: int = 2000,
        handler_capacity: int = 5000,
        handler_timeout_seconds: float = 30.0,
        save_every: int = 200,
        save_seconds: float = 1.0,
        rewind_seconds: float = 0,
    ) -> None:
        """*rewind_seconds* has a start go back so far: for handlers that want to know again what was a moment ago."""
        self._events = db[EVENTS]
        self._consumer = consumer
        self._position = FeedPosition(
            db, consumer, save_every=save_every, save_seconds=save_seconds, rewind_seconds=rewind_seconds
        )
        self._hub = SubscriptionHub(history)
        self._lanes = [
            FeedLane(
                handler,
                capacity=handler_capacity,
                timeout_seconds=handler_timeout_seconds,
                progress=self._progressed,
            )
            for handler in handlers
        ]
        self._number = 0
        self._newest_at: datetime | None = None
        self._token: Token | None = None
        self._connected = asyncio.Event()
        self._save_check = asyncio.Event()
        self._began = datetime.now(UTC)
        self._current = asyncio.Event()
        self._moved = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the change stream is open right now."""
        return self._connected.is_set()

    @property
    def standing(self) -> FeedStanding:
        """How far this process is."""
        done = min((lane.done for lane in self._lanes), default=self._number)
        return FeedStanding(self.connected, self._number - done, self._newest_at, self._current.is_set())

    async def wait_connected(self) -> None:
        await self._connected.wait()

    async def wait_caught_up(self) -> None:
        """Return when all that was committed before the start has been handed to every handler, and dealt with."""
        await self._current.wait()
        reached = self._number
        while min((lane.done for lane in self._lanes), default=reached) < reached:
            self._moved.clear()
            await self._moved.wait()

    @property
    def subscribers(self) -> int:
        return len(self._hub)

    def subscribe(self, *, after: str | None = None, capacity: int = 1000) -> Subscription:
        """Commits from now on, or those behind the commit with id *after*. Raises PositionUnknown.

        For a picture that stays right: subscribe first, read the snapshot, then follow the subscription; what both
        contain carries its version.
        """
        return self._hub.subscribe(after=after, capacity=capacity)

    async def run(self) -> None:
        """Read, hand on and remember until cancelled. An outage of the database is waited out."""
        try:
            async with asyncio.TaskGroup() as group:
                for lane in self._lanes:
                    group.create_task(lane.run())
                group.create_task(self._save_now_and_then())
                group.create_task(self._read())
        finally:
            self._connected.clear()
            self._hub.cut_all_off(LossReason.CLOSED)

    async def _read(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        loaded = False
        self._began = datetime.now(UTC)
        self._current.clear()
        while True:
            try:
                if not loaded:
                    with cancellation_kept():
                        self._token, loaded = await self._position.load(), True
                with cancellation_kept():
                    opening = await self._events.watch(_INSERTS, resume_after=self._token, max_await_time_ms=_AWAIT_MS)
                async with opening as stream:
                    self._opened(stream)
                    pause = _FIRST_PAUSE_SECONDS
                    await self._follow(stream)
            except PyMongoError as error:
                if isinstance(error, OperationFailure) and error.code in _HISTORY_LOST:
                    self._token = None
                _log.warning("change feed interrupted", consumer=self._consumer, error=str(error))
            self._connected.clear()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    def _opened(self, stream: AsyncChangeStream[Document]) -> None:
        """The stream is open: without a token it starts at this moment, and what came before is a gap."""
        if self._token is None:
            _gaps.add(1, {"consumer": self._consumer})
            self._number += 1
            for lane in self._lanes:
                lane.miss(self._number)
            self._hub.cut_all_off(LossReason.GAP)
            if stream.resume_token is not None:
                self._token = stream.resume_token
                self._position.begin(self._token)
                self._position.read(self._number, self._token)
        self._connected.set()

    async def _follow(self, stream: AsyncChangeStream[Document]) -> None:
        while stream.alive:
            with cancellation_kept():
                change = await stream.try_next()
            if stream.resume_token is not None:
                self._token = stream.resume_token
            if change is not None:
                self._take(change)
                continue
            self._current.set()
            if self._token is not None:
                self._position.idle(self._token)
        # The collection was dropped or renamed under us; its successor has another history.
        self._token = None

    def _take(self, change: Mapping[str, Any]) -> None:
        try:
            commit = Commit.from_document(change["fullDocument"])
        except ValidationError as error:
            # Not written by the kernel. Stopping here would stop everybody for ever; the audit names the document.
            _log.error("events holds a document that is no commit", id=change["documentKey"], error=str(error))
            return
        _commits.add(1, {"consumer": self._consumer})
        self._number += 1
        self._newest_at = max(commit.at, self._newest_at or commit.at)
        if commit.at >= self._began:
            # Where commits never stop coming, silence tells nothing; a commit from after the start does.
            self._current.set()
        self._position.read(self._number, change["_id"])
        self._hub.publish(commit)
        for lane in self._lanes:
            lane.offer(self._number, commit)
        if not self._lanes:
            self._progressed()

    def _progressed(self) -> None:
        self._moved.set()
        self._position.finished(min((lane.done for lane in self._lanes), default=self._number))
        if self._position.due:
            self._save_check.set()

    async def _save_now_and_then(self) -> None:
        while True:
            try:
                async with asyncio.timeout(1.0):
                    await self._save_check.wait()
            except TimeoutError:
                pass
            self._save_check.clear()
            if self._position.due:
                await self._save()

    async def save_position(self) -> None:
        """Remember now how far everybody is, as otherwise happens now and then. Raises ``PyMongoError``."""
        await self._position.save()

    async def _save(self) -> None:
        try:
            with cancellation_kept():
                await self._position.save()
        except PyMongoError as error:
            # An older position only means that more commits come twice after a restart.
            _log.warning("feed position not saved", consumer=self._consumer, error=str(error))
            await asyncio.sleep(random.uniform(0.5, 1.0))
