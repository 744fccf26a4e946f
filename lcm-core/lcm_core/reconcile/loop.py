"""Runs one reconciler while this instance leads."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Never

import structlog

from lcm_core.clock import Clock, SystemClock
from lcm_core.coordination import Leadership, NotLeader, WatchEvent, WatchEventKind, WatchResync
from lcm_core.domain.errors import FarEndError, LcmError, StaleLeader
from lcm_core.observability.correlation import new_correlation_id, use_correlation_id
from lcm_core.observability.tracing import tracer
from lcm_core.reconcile.failures import FailureBook, OnEscalation
from lcm_core.reconcile.loop_metrics import LoopMetrics
from lcm_core.reconcile.reconciler import Done, Failed, Reconciler, RequeueAfter, Result
from lcm_core.reconcile.status import FailingKey, KeyInFlight, LoopStatus
from lcm_core.reconcile.watched_prefix import WatchedPrefix, WatchSource
from lcm_core.reconcile.work_queue import BackOff, KeyedWorkQueue, Work

__all__ = ["OnEscalation", "ReconcileLoop", "ReconcileOptions"]

log = structlog.stdlib.get_logger(__name__)
_tracer = tracer("lcm_core.reconcile")


@dataclass(frozen=True, slots=True)
class ReconcileOptions:
    """How a loop runs. All times in seconds."""

    max_concurrent: int = 10
    handler_deadline: float = 60.0
    resync_interval: float = 30.0
    list_deadline: float = 30.0
    stop_grace: float = 8.0
    escalate_after: int = 5
    back_off: BackOff = field(default_factory=BackOff)


class ReconcileLoop:
    """One reconciler with its queue, watches and resync; given to a ``ReconciliationHostedService``.

    *watches* of *source* make a change known at once; the resync, at the start of a term and every *resync_interval*
    after, finds what a watch lost. Without *pauses* it goes on when its service is paused.
    """

    def __init__(
        self,
        name: str,
        reconciler: Reconciler,
        *,
        source: WatchSource | None = None,
        watches: tuple[WatchedPrefix, ...] = (),
        options: ReconcileOptions | None = None,
        on_escalation: OnEscalation | None = None,
        clock: Clock | None = None,
        pauses: bool = True,
    ) -> None:
        if watches and source is None:
            raise ValueError(f"loop {name} has prefixes to watch and no source to watch them on")
        self.name = name
        self._pauses = pauses
        self._reconciler = reconciler
        self._source = source
        self._watches = watches
        self._options = options or ReconcileOptions()
        self._clock: Clock = clock or SystemClock()
        self.queue = KeyedWorkQueue(clock=self._clock, back_off=self._options.back_off)
        self._book = FailureBook(
            escalate_after=self._options.escalate_after,
            on_escalation=on_escalation,
            deadline_seconds=self._options.handler_deadline,
            clock=self._clock,
        )
        self._metrics = LoopMetrics(name)
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._sweep_wanted = asyncio.Event()
        self._in_flight: dict[str, float] = {}
        self._handled = 0
        self._resynced_at: datetime | None = None
        self._resynced_keys = 0
        self._resync_error: str | None = None

    # -- from outside

    def trigger(self, key: str) -> None:
        """Handle *key* as soon as possible, whatever back-off it is in."""
        self.queue.forget(key)
        self.queue.add(key)

    async def trigger_all(self) -> int:
        """Handle every key; how many there are."""
        return await self._list_into_queue(respect_back_off=False)

    def pause(self) -> None:
        """Start no handling until ``resume``; changes are kept, what is under way is finished."""
        if self._pauses:
            self._resumed.clear()

    def resume(self) -> None:
        """Go on, and look at everything once."""
        if not self._resumed.is_set():
            self._sweep_wanted.set()
            self._resumed.set()

    @property
    def paused(self) -> bool:
        return not self._resumed.is_set()

    def status(self) -> LoopStatus:
        now = self._clock.monotonic()
        return LoopStatus(
            name=self.name,
            waiting=self.queue.depth,
            delayed=self.queue.delayed,
            in_flight=[
                KeyInFlight(key=key, running_seconds=round(now - since, 3)) for key, since in self._in_flight.items()
            ],
            failing=[
                FailingKey(
                    key=key,
                    failures=each.failures,
                    reason=each.reason,
                    since=each.since,
                    retry_in_seconds=self.queue.due_in(key),
                    escalated=each.escalated,
                )
                for key, each in self._book.failing.items()
            ],
            handled=self._handled,
            last_resync_at=self._resynced_at,
            last_resync_keys=self._resynced_keys,
            last_resync_error=self._resync_error,
        )

    # -- while leading

    async def run_as_leader(self, leadership: Leadership) -> Never:
        """Handle keys until cancelled. On a clean stop handlers in flight get *stop_grace* to finish.

        When the term is over they are cancelled at once: nothing they still do may be written.
        """
        self.queue.clear()
        self._book.failing.clear()
        async with asyncio.TaskGroup() as group:
            for watched in self._watches:
                group.create_task(self._follow(watched), name=f"{self.name} watches {watched.prefix}")
            group.create_task(self._resync_for_ever(), name=f"{self.name} resyncs")
            await self._dispatch(leadership)
        raise AssertionError("dispatching goes on until it is cancelled")

    async def _follow(self, watched: WatchedPrefix) -> None:
        assert self._source is not None  # noqa: S101 - checked by the constructor
        async with aclosing(self._source.watch_prefix(watched.prefix)) as changes:
            async for change in changes:
                if isinstance(change, WatchResync):
                    events = tuple(WatchEvent(WatchEventKind.PUT, kv) for kv in change.items)
                else:
                    events = change.events
                for event in events:
                    key = watched.key_of(event)
                    if key is not None:
                        self.queue.add(key)

    async def _resync_for_ever(self) -> None:
        failures = 0
        while True:
            self._sweep_wanted.clear()
            try:
                await self._list_into_queue(respect_back_off=True)
                failures = 0
                pause = self._options.resync_interval * random.uniform(0.9, 1.1)
            except Exception as error:  # noqa: BLE001 - reported in status and log, and tried again
                failures += 1
                pause = min(self._options.resync_interval, 0.25 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)
                self._resync_error = f"{type(error).__name__}: {error}"
                log.warning("reconcile_list_failed", loop=self.name, reason=self._resync_error, retry_seconds=pause)
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        """Until the next resync, or until everything is to be looked at sooner."""
        resting = asyncio.ensure_future(self._clock.sleep(seconds))
        wanted = asyncio.ensure_future(self._sweep_wanted.wait())
        try:
            await asyncio.wait({resting, wanted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (resting, wanted):
                each.cancel()

    async def _list_into_queue(self, *, respect_back_off: bool) -> int:
        async with asyncio.timeout(self._options.list_deadline):
            keys = await self._reconciler.list_keys()
        for key in keys:
            backing_off = self.queue.failures(key) > 0 and self.queue.due_in(key) is not None
            if not (respect_back_off and backing_off):
                self.queue.add(key)
        self._book.keep(key for key in self._book.failing if key in keys or self.queue.due_in(key) is not None)
        self._resynced_at, self._resynced_keys, self._resync_error = self._clock.now(), len(keys), None
        return len(keys)

    async def _dispatch(self, leadership: Leadership) -> Never:
        slots = asyncio.Semaphore(self._options.max_concurrent)
        running: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as handlers:
            try:
                while True:
                    await slots.acquire()
                    work = await self.queue.get()
                    await self._resumed.wait()
                    task = handlers.create_task(self._handle(work, leadership), name=f"{self.name} {work.key}")
                    running.add(task)
                    task.add_done_callback(running.discard)
                    task.add_done_callback(lambda _task: slots.release())
            except asyncio.CancelledError:
                if leadership.is_valid and running:
                    await asyncio.wait(running, timeout=self._options.stop_grace)
                raise
        raise AssertionError("dispatching goes on until it is cancelled")

    async def _handle(self, work: Work, leadership: Leadership) -> None:
        key = work.key
        started = self._in_flight[key] = self._clock.monotonic()
        self._metrics.started(work.waited_seconds)
        self._note_queue()
        outcome = "cancelled"
        try:
            with (
                use_correlation_id(new_correlation_id()),
                structlog.contextvars.bound_contextvars(loop=self.name, key=key),
                _tracer.start_as_current_span(f"reconcile {self.name}", attributes={"lcm.key": key}) as span,
            ):
                result = await self._reconcile(key, leadership)
                outcome = type(result).__name__ if result is not None else "not_leader"
                span.set_attribute("lcm.result", outcome)
                await self._apply(key, result)
        finally:
            self._handled += 1
            self._in_flight.pop(key, None)
            self.queue.done(key)
            self._metrics.finished(outcome, self._clock.monotonic() - started)
            self._metrics.queue(depth=self.queue.depth, in_flight=len(self._in_flight), failing=len(self._book.failing))

    async def _reconcile(self, key: str, leadership: Leadership) -> Result | None:
        """What the reconciler answers; None when the term ended under it, which is nobody's failure."""
        deadline = asyncio.timeout(self._options.handler_deadline)
        try:
            async with deadline:
                return await self._reconciler.reconcile(key)
        except NotLeader:
            return None
        except StaleLeader as error:
            leadership.end(f"control-plane-api refused a write: {error}")
            return None
        except TimeoutError as error:
            if deadline.expired():
                return Failed(f"not finished within {self._options.handler_deadline:g} s")
            return Failed(f"TimeoutError: {error}")
        except FarEndError as error:
            return Failed(str(error), retryable=error.retryable, outage=error.retryable)
        except LcmError as error:
            return Failed(str(error))
        except Exception as error:
            log.exception("reconcile_broke")
            return Failed(f"{type(error).__name__}: {error}")

    async def _apply(self, key: str, result: Result | None) -> None:
        match result:
            case None:
                return
            case Done():
                self._note_success(key)
            case RequeueAfter(seconds):
                self._note_success(key)
                self.queue.add_after(key, seconds)
            case Failed(reason, retryable, outage):
                pause = self.queue.retry(key, outage=outage) if retryable else self.queue.fail(key)
                failures = self.queue.failures(key) or self.queue.outages(key)
                log.warning(
                    "reconcile_failed", reason=reason, failures=failures, retryable=retryable, retry_seconds=pause
                )
                if await self._book.failed(key, result, failures):
                    self._metrics.escalated()

    def _note_queue(self) -> None:
        self._metrics.queue(depth=self.queue.depth, in_flight=len(self._in_flight), failing=len(self._book.failing))

    def _note_success(self, key: str) -> None:
        self.queue.forget(key)
        self._book.succeeded(key)
