"""Delivers the outbox: every event at least once, each stream in order, one slow or dead receiver at a time.

Level-triggered: a wake-up only names a stream, and what is left for it is read from the store. Whatever a crash or a
lost wake-up left behind is found by the sweep. Run it in one process at a time; two would deliver twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from opentelemetry import metrics
from pymongo import ASCENDING
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from lcm_core.domain.commit import Commit
from lcm_core.eventstore.cancellation import cancellation_kept
from lcm_core.eventstore.collections import EVENTS, OUTBOX, Database
from lcm_core.eventstore.outbox_row import Deliver, OutboxRow
from lcm_core.eventstore.stream_queue import StreamQueue
from lcm_core.eventstore.together import Together

_IN_ORDER = [("stream", ASCENDING), ("version", ASCENDING)]
_REMEMBERED_STREAMS = 20_000
_MOST_TOGETHER = 50
"""Streams in one query: a server may compare each row that it finds with the whole list, and two halves cost less."""

_log = structlog.stdlib.get_logger(__name__)
_meter = metrics.get_meter("lcm_core.outbox")
_delivered = _meter.create_counter(
    "lcm_outbox_delivered", unit="{event}", description="Events of the outbox delivered, by type"
)
_failed = _meter.create_counter("lcm_outbox_failures", unit="{failure}", description="Failed deliveries, by type")


@dataclass(frozen=True, slots=True)
class OutboxPolicy:
    concurrency: int = 8
    """Streams whose rows are delivered at the same time."""
    looked_at: int = 64
    """Streams worked on at the same time: what is left for them is read together, and taken off together."""
    batch: int = 100
    """Commits that are read, or remembered of one stream, at a time."""
    remembered: int = 5_000
    """Streams whose commits are delivered as they were made, without reading them, when there are not too many."""
    gather_seconds: float = 0.01
    """How long a crowd of streams waits for more of it, at each step; telling may come later than answering."""
    give_way_seconds: float = 2.0
    sweep_seconds: float = 30.0
    deliver_timeout_seconds: float = 30.0
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 60.0


def _count(what: metrics.Counter, kinds: Mapping[str, int]) -> None:
    for kind, number in kinds.items():
        what.add(number, {"type": kind})


@dataclass(slots=True)
class _Left:
    """The first commits of a stream, in order, and whether there may be others behind them."""

    commits: list[Commit] = field(default_factory=list[Commit])
    more: bool = False
    lost: str | None = None
    """Id of the commit behind them, when the log does not have it."""

    def take(self, id: str, commit: Commit | None) -> None:
        if commit is None:
            self.lost = self.lost or id
        elif self.lost is None:
            self.commits.append(commit)


_NOTHING = _Left()


class OutboxDispatcher:
    """*publishes* tells of a type of event whether it leaves.

    *way_is_free* is clear while others, who are waited for, have the database to themselves.
    """

    def __init__(
        self,
        db: Database,
        deliver: Deliver,
        publishes: Callable[[str], bool],
        policy: OutboxPolicy | None = None,
        way_is_free: asyncio.Event | None = None,
    ) -> None:
        # Majority: what could still be rolled back must not be published.
        majority = ReadConcern("majority")
        self._rows = db[OUTBOX].with_options(read_concern=majority)
        self._log = db[EVENTS].with_options(read_concern=majority)
        self._deliver = deliver
        self._publishes = publishes
        self._policy = policy or OutboxPolicy()
        self._way_is_free = way_is_free
        self._queue = StreamQueue()
        self._told: dict[str, int] = {}
        self._made: dict[str, list[Commit]] = {}
        self._at_work: dict[str, int] = {}
        self._settled: OrderedDict[str, int] = OrderedDict()
        self._left = Together(self._read, most=_MOST_TOGETHER, gather_seconds=self._policy.gather_seconds)
        self._done = Together(self._take_off, most=_MOST_TOGETHER, gather_seconds=self._policy.gather_seconds)
        self._slots = asyncio.Semaphore(self._policy.concurrency)

    def wake(self, streams: Iterable[str]) -> None:
        """There is something to deliver for *streams*. Cheap, and allowed while not running."""
        for stream in streams:
            self._queue.add(stream)

    def after_commit(self, commits: Sequence[Commit]) -> None:
        """Hook for the mediator and the change feed: which of them comes second finds the work done."""
        for commit in commits:
            if self._is_news(commit):
                self._told[commit.stream] = max(commit.version, self._told.get(commit.stream, 0))
                self._queue.add(commit.stream)

    def just_made(self, commits: Sequence[Commit]) -> None:
        """``after_commit`` for commits of this process: what came right behind all that is delivered needs no look at
        the store, if nothing else came meanwhile. So it is with the first commit of a stream.
        """
        for commit in commits:
            if self._is_news(commit):
                self._remember(commit)
        self.after_commit(commits)

    def _remember(self, commit: Commit) -> None:
        before = self._made.get(commit.stream)
        if before is None:
            if len(self._made) < self._policy.remembered:
                self._made[commit.stream] = [commit]
        elif before[-1].version + 1 == commit.version and len(before) < self._policy.batch:
            before.append(commit)

    def _is_news(self, commit: Commit) -> bool:
        done = max(self._settled.get(commit.stream, 0), self._at_work.get(commit.stream, 0))
        return done < commit.version

    async def run(self) -> None:
        """Deliver until cancelled; waits out receivers and the database alike."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sweep())
            for _ in range(self._policy.looked_at):
                group.create_task(self._work())

    async def pending(self) -> int:
        """Commits left, roughly: for health and metrics."""
        return await self._rows.estimated_document_count()

    async def _sweep(self) -> None:
        while True:
            try:
                with cancellation_kept():
                    async for row in self._rows.find({}, {"stream": 1}):
                        self._queue.add(row["stream"])
            except PyMongoError as error:
                _log.warning("outbox sweep failed", error=str(error))
            await asyncio.sleep(self._policy.sweep_seconds * random.uniform(0.8, 1.2))

    async def _work(self) -> None:
        while True:
            stream = await self._queue.take()
            told, made = self._told.pop(stream, 0), self._made.pop(stream, None)
            self._at_work[stream] = told
            retry_after: float | None = None
            try:
                await self._give_way()
                if made is not None and self._is_all_that_is_left(made, told):
                    await self._hand_over([commit for commit in made if self._leaves(commit)])
                else:
                    told = max(told, await self._drain(stream))
                self._settle(stream, told)
                self._queue.forgive(stream)
            except Exception as error:  # noqa: BLE001 - every failure means the same here: later again
                failures = self._queue.blame(stream)
                retry_after = self._pause(failures)
                _log.warning(
                    "outbox delivery failed", stream=stream, failures=failures, error=repr(error), again_in=retry_after
                )
            finally:
                del self._at_work[stream]
                self._queue.finish(stream, retry_after)

    def _is_all_that_is_left(self, made: Sequence[Commit], told: int) -> bool:
        settled = self._settled.get(made[0].stream, 0)
        return (made[0].version, made[-1].version) == (settled + 1, told)

    def _leaves(self, commit: Commit) -> bool:
        return any(self._publishes(event.type) for event in commit.events)

    async def _give_way(self) -> None:
        """To those who wait for an answer; for a moment only, however many come."""
        if self._way_is_free is not None and not self._way_is_free.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._policy.give_way_seconds):
                    await self._way_is_free.wait()

    def _settle(self, stream: str, version: int) -> None:
        """Everything up to *version* is delivered, because all was that was left after that commit."""
        if version > self._settled.get(stream, 0):
            self._settled[stream] = version
            self._settled.move_to_end(stream)
            if len(self._settled) > _REMEMBERED_STREAMS:
                self._settled.popitem(last=False)

    async def _drain(self, stream: str) -> int:
        """The version of the last commit that had something left.

        Raises LookupError at a commit that the log has lost: nothing behind it may leave.
        """
        more, version = True, 0
        while more:
            left = await self._left.of(stream) or _NOTHING
            await self._hand_over(left.commits)
            if left.lost is not None:
                raise LookupError(f"the log has no commit {left.lost}, which the outbox is to deliver; verify the log")
            more, version = left.more, max([version, *(commit.version for commit in left.commits)])
        return version

    async def _read(self, streams: Sequence[str]) -> Mapping[str, _Left]:
        """What is left for each stream: usually two queries, and two more behind each stream with very much."""
        batch = self._policy.batch
        left: dict[str, _Left] = {}
        while streams:
            with cancellation_kept():
                found = await self._rows.find({"stream": {"$in": streams}}).sort(_IN_ORDER).limit(batch).to_list()
                commits = await self._commits([row["_id"] for row in found])
            for row in found:
                left.setdefault(row["stream"], _Left()).take(row["_id"], commits.get(row["_id"]))
            if len(found) < batch:
                break
            last = found[-1]["stream"]
            left[last].more = True
            streams = [stream for stream in streams if stream > last]
        return left

    async def _commits(self, ids: Sequence[str]) -> dict[str, Commit]:
        """As the log has them."""
        if not ids:
            return {}
        found = self._log.find({"_id": {"$in": ids}})
        return {document["_id"]: Commit.from_document(document) async for document in found}

    async def _hand_over(self, commits: Sequence[Commit]) -> None:
        rows = [row for commit in commits for row in OutboxRow.of_commit(commit, self._publishes)]
        kinds = Counter(row.type for row in rows)
        if rows:
            try:
                async with self._slots, asyncio.timeout(self._policy.deliver_timeout_seconds):
                    await self._deliver(rows)
            except Exception:
                _count(_failed, kinds)
                raise
        _count(_delivered, kinds)
        if commits:
            await self._done.of(tuple(commit.id for commit in commits))

    async def _take_off(self, delivered: Sequence[tuple[str, ...]]) -> Mapping[tuple[str, ...], bool]:
        """Durable when it returns."""
        with cancellation_kept():
            await self._rows.delete_many({"_id": {"$in": [id for ids in delivered for id in ids]}})
        return {}

    def _pause(self, failures: int) -> float:
        ceiling = min(self._policy.longest_pause_seconds, self._policy.first_pause_seconds * 2 ** (failures - 1))
        return ceiling * random.uniform(0.5, 1.0)
