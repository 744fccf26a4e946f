"""Following a prefix for ever: through killed, restarted, frozen and compacted etcd, without loss or repetition."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from lcm_core.coordination import etcd_wire as wire
from lcm_core.coordination.etcd_channel import END_OF_STREAM, RpcError, reason_of
from lcm_core.coordination.etcd_types import EtcdUnavailable, WatchBatch, WatchResync
from lcm_core.observability.metrics import meter

if TYPE_CHECKING:
    from lcm_core.coordination.etcd_client import EtcdClient

log = structlog.stdlib.get_logger(__name__)

_meter = meter("lcm_core.coordination")
_reopened = _meter.create_counter("lcm_etcd_watch_reopened_total", description="Watch streams opened again, by prefix.")
_resynced = _meter.create_counter("lcm_etcd_watch_resyncs_total", description="Full re-reads by a watch, by prefix.")


@dataclass(frozen=True, slots=True)
class WatchTiming:
    """*heartbeat_seconds* of silence make the watch ask for a sign of life; as much again without one reopens it."""

    heartbeat_seconds: float = 5.0
    first_pause_seconds: float = 0.05
    longest_pause_seconds: float = 1.0


class _StreamBroken(Exception):
    """The watch stream ended or fell silent; it is opened again from where it was."""


class _HistoryGone(Exception):
    """Events since the last one seen are no more: compacted, or etcd lost its data."""


class PrefixWatch:
    """One watch; use ``EtcdClient.watch_prefix``."""

    def __init__(self, etcd: EtcdClient, prefix: str, timing: WatchTiming) -> None:
        self._etcd = etcd
        self._prefix = prefix
        self._timing = timing
        self._next_revision = 0
        self._term = 0

    async def follow(self, start_revision: int | None) -> AsyncGenerator[WatchBatch | WatchResync]:
        if start_revision is None:
            yield await self._read_all()
        else:
            self._next_revision = start_revision
        pause = self._timing.first_pause_seconds
        while True:
            stream = self._etcd.open_watch_stream()
            try:
                await self._create(stream)
                pause = self._timing.first_pause_seconds
                while True:
                    batch = self._take(await self._next_response(stream))
                    if batch is not None:
                        yield batch
            except _HistoryGone as gone:
                log.warning("etcd_watch_resync", prefix=self._prefix, reason=str(gone))
                _resynced.add(1, {"prefix": self._prefix})
                yield await self._read_all()
                continue
            except (_StreamBroken, RpcError, asyncio.InvalidStateError) as error:
                log.info("etcd_watch_reopened", prefix=self._prefix, reason=reason_of(error))
                _reopened.add(1, {"prefix": self._prefix})
            finally:
                stream.cancel()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(self._timing.longest_pause_seconds, pause * 2)

    async def _create(self, stream: Any) -> None:
        try:
            async with asyncio.timeout(self._timing.heartbeat_seconds):
                await stream.write(wire.watch_create_request(self._prefix, self._next_revision))
                response = await stream.read()
        except TimeoutError:
            raise _StreamBroken("the watch was not confirmed in time") from None
        self._check(response)
        if not response.created:
            raise _StreamBroken("the first answer was no confirmation")
        await self._check_continuity(response.header)

    async def _check_continuity(self, header: Any) -> None:
        """A store that is younger than what we have seen has lost its data; waiting for its future would be for ever.

        A member that lags behind looks the same, so the cluster as a whole is asked.
        """
        restarted = header.raft_term < self._term
        if restarted or header.revision + 1 < self._next_revision:
            try:
                current = await self._etcd.get_prefix(self._prefix, keys_only=True)
            except EtcdUnavailable as error:
                raise _StreamBroken(str(error)) from error
            if restarted or current.revision + 1 < self._next_revision:
                self._term = header.raft_term
                raise _HistoryGone(f"etcd is at revision {current.revision}, before {self._next_revision - 1}")
        self._term = header.raft_term

    async def _next_response(self, stream: Any) -> Any:
        """The next answer; a silent server is asked for progress and given up when it stays silent."""
        heartbeat = self._timing.heartbeat_seconds
        reading = asyncio.ensure_future(stream.read())
        try:
            done, _ = await asyncio.wait({reading}, timeout=heartbeat)
            if not done:
                async with asyncio.timeout(heartbeat):
                    await stream.write(wire.watch_progress_request())
                    await asyncio.wait({reading})
            return await reading
        except TimeoutError:
            raise _StreamBroken(f"no sign of life for {2 * heartbeat:g} s") from None
        finally:
            if not reading.done():
                reading.cancel()
                await asyncio.wait({reading})

    def _check(self, response: Any) -> None:
        if response is END_OF_STREAM:
            raise _StreamBroken("etcd ended the stream")
        if response.canceled:
            if response.compact_revision:
                raise _HistoryGone(f"compacted up to revision {response.compact_revision}")
            raise _StreamBroken(f"etcd cancelled the watch: {response.cancel_reason}")

    def _take(self, response: Any) -> WatchBatch | None:
        """Events of *response*; remembers from where to go on.

        Only a notification for our own watch says that everything before it was delivered. The answer to a progress
        request overtakes events on etcd before 3.4.25 and 3.5.8, so it is a sign of life and nothing else.
        """
        self._check(response)
        self._term = max(self._term, response.header.raft_term)
        if response.events:
            events = wire.watch_events(response)
            self._next_revision = events[-1].kv.mod_revision + 1
            return WatchBatch(events, response.header.revision)
        if response.watch_id == wire.WATCH_ID and not response.created:
            self._next_revision = max(self._next_revision, response.header.revision + 1)
        return None

    async def _read_all(self) -> WatchResync:
        """All keys now, asked for until etcd answers."""
        pause = self._timing.first_pause_seconds
        while True:
            try:
                found = await self._etcd.get_prefix(self._prefix)
            except EtcdUnavailable as error:
                log.warning("etcd_watch_cannot_read", prefix=self._prefix, reason=str(error))
            else:
                self._next_revision = found.revision + 1
                return WatchResync(found.items, found.revision)
            await asyncio.sleep(pause)
            pause = min(self._timing.longest_pause_seconds, pause * 2)
