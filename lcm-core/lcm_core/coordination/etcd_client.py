"""A thin client of etcd v3 with deadlines, careful retries and TLS.

Only calls that may be made twice are repeated: a transaction whose answer was lost is reported, never repeated blindly.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import stamina

from lcm_core.coordination import etcd_wire as wire
from lcm_core.coordination.etcd_channel import (
    ChannelTiming,
    EtcdTls,
    RpcError,
    channel_target,
    is_compacted,
    is_passing,
    open_channel,
    reason_of,
)
from lcm_core.coordination.etcd_types import (
    Compare,
    EtcdRefused,
    EtcdUnavailable,
    KeyValue,
    Lease,
    Operation,
    Snapshot,
    TxnResult,
    WatchBatch,
    WatchResync,
)
from lcm_core.coordination.etcd_watch import PrefixWatch, WatchTiming
from lcm_core.coordination.versioned_put import VersionedPut
from lcm_core.settings import ServiceSettings

__all__ = ["EtcdClient", "EtcdTls"]

_PAGE_SIZE = 500


class EtcdClient:
    """Connects when first used, to whichever of *endpoints* answers.

    *attempt_seconds* bounds one request, *total_seconds* a call with its repetitions. Every method raises
    ``EtcdUnavailable`` when etcd does not answer in that time and ``EtcdRefused`` when it says no.
    """

    def __init__(
        self,
        endpoints: Sequence[str],
        *,
        tls: EtcdTls | None = None,
        attempt_seconds: float = 2.0,
        total_seconds: float = 10.0,
        channel_timing: ChannelTiming | None = None,
        watch_timing: WatchTiming | None = None,
    ) -> None:
        self._endpoints = list(endpoints)
        self._target = channel_target(endpoints)
        self._tls = tls
        self._attempt_seconds = attempt_seconds
        self._total_seconds = total_seconds
        self._channel_timing = channel_timing or ChannelTiming()
        self._watch_timing = watch_timing or WatchTiming()
        self._channel: Any = None
        self._stubs: dict[str, Any] = {}
        self._versioned_put = VersionedPut(self)

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> Self:
        return cls(settings.etcd_endpoints, tls=EtcdTls.from_settings(settings))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection; watches end."""
        channel, self._channel, self._stubs = self._channel, None, {}
        if channel is not None:
            await channel.close()

    @property
    def endpoints(self) -> str:
        return ",".join(self._endpoints)

    # -- keys

    async def get(self, key: str) -> KeyValue | None:
        found = await self._range(wire.range_request(key.encode()), f"reading {key}")
        return found.items[0] if found.items else None

    async def get_prefix(self, prefix: str, *, keys_only: bool = False) -> Snapshot:
        """Every key that starts with *prefix*, all as of one revision, read in pages."""
        while True:
            try:
                return await self._read_pages(prefix, keys_only)
            except EtcdRefused as refused:
                # a slow reader met a compaction between two pages: begin again with a newer revision
                if not is_compacted(refused.__cause__):
                    raise

    async def put(self, key: str, value: bytes | str, *, lease_id: int = 0) -> int:
        """Write; the revision of the write is returned."""
        data = value.encode() if isinstance(value, str) else value
        response = await self._repeat("KV", "Put", wire.put_request(key, data, lease_id), f"writing {key}")
        return response.header.revision

    async def put_if_newer(self, key: str, value: Mapping[str, object], *, lease_id: int = 0) -> bool:
        """Write *value* as JSON unless etcd holds the same or a higher ``version`` of it.

        *value* must have an integer ``version``. One round trip when nobody else wrote in between. Returns whether it
        was written. Safe to repeat: an older write never replaces a newer one.
        """
        return await self._versioned_put.put(key, value, lease_id=lease_id)

    async def write_if_newer(self, values: Mapping[str, Mapping[str, object] | None]) -> frozenset[str]:
        """``put_if_newer`` of many keys in one round trip, as a rule; None deletes. Those that were written."""
        return await self._versioned_put.write_all(values)

    async def delete(self, key: str) -> bool:
        """Whether there was such a key; a repetition after a lost answer may say no although this call deleted it."""
        response = await self._repeat("KV", "DeleteRange", wire.delete_request(key), f"deleting {key}")
        return response.deleted > 0

    async def delete_prefix(self, prefix: str) -> int:
        """How many keys were deleted."""
        if not prefix.strip("/"):
            raise ValueError("refusing to delete every key of etcd")
        request = wire.delete_request(prefix, prefix=True)
        return (await self._repeat("KV", "DeleteRange", request, f"deleting {prefix}*")).deleted

    async def txn(
        self, compare: Sequence[Compare], success: Sequence[Operation], failure: Sequence[Operation] = ()
    ) -> TxnResult:
        """Do *success* when every comparison holds, else *failure*, in one step.

        Sent once: after ``EtcdUnavailable`` it may or may not have been done.
        """
        request = wire.txn_request(compare, success, failure)
        return wire.txn_result(await self._once("KV", "Txn", request, "a transaction", self._attempt_seconds))

    async def compact(self, revision: int) -> None:
        """Forget the history before *revision*."""
        await self._once("KV", "Compact", wire.compaction_request(revision), "compacting", self._attempt_seconds)

    async def ping(self) -> str:
        """A read that needs a quorum, once; for health checks."""
        response = await self._once("KV", "Range", wire.range_request(b"lcm-ping"), "a ping", self._attempt_seconds)
        return f"revision {response.header.revision}"

    # -- leases

    async def lease_grant(self, ttl_seconds: int) -> Lease:
        """A lease that ends *ttl_seconds* after its last renewal, taking its keys with it."""
        return wire.lease(await self._repeat("Lease", "LeaseGrant", wire.lease_grant_request(ttl_seconds), "a lease"))

    async def lease_keepalive(self, lease_id: int, *, deadline_seconds: float) -> int:
        """Renew; seconds that the lease now lasts, 0 when it has ended. Sent once."""
        try:
            async with asyncio.timeout(deadline_seconds):
                call = self._method("Lease", "LeaseKeepAlive")(metadata=wire.METADATA)
                try:
                    await call.write(wire.lease_keepalive_request(lease_id))
                    answer = await call.read()
                finally:
                    call.cancel()
        except (RpcError, asyncio.InvalidStateError) as error:
            raise EtcdUnavailable(self.endpoints, "renewing a lease", reason_of(error)) from error
        except TimeoutError:
            raise EtcdUnavailable(self.endpoints, "renewing a lease", f"over {deadline_seconds:g} s") from None
        if not hasattr(answer, "TTL"):
            raise EtcdUnavailable(self.endpoints, "renewing a lease", "the stream ended")
        return int(answer.TTL)

    async def lease_revoke(self, lease_id: int) -> None:
        """End the lease at once and delete its keys; no error when it has ended already. Tried once."""
        try:
            await self._once(
                "Lease", "LeaseRevoke", wire.lease_revoke_request(lease_id), "ending a lease", self._attempt_seconds
            )
        except EtcdRefused as error:
            if "not found" not in str(error):
                raise

    # -- watching

    def watch_prefix(self, prefix: str, start_revision: int | None = None) -> AsyncGenerator[WatchBatch | WatchResync]:
        """What happens to keys that start with *prefix*, for ever, through restarts of etcd, each event once.

        Starts with *start_revision*, or without one with a ``WatchResync`` of all there is. A later ``WatchResync``
        says that events were lost to compaction or that etcd lost its data. Wrap in ``contextlib.aclosing`` when
        leaving the loop early.
        """
        return PrefixWatch(self, prefix, self._watch_timing).follow(start_revision)

    def open_watch_stream(self) -> Any:
        """A raw bidirectional watch call, for ``PrefixWatch``."""
        return self._method("Watch", "Watch")(metadata=wire.METADATA)

    # -- calls

    def _method(self, service: str, method: str) -> Any:
        if self._channel is None:
            self._channel = open_channel(self._target, self._tls, self._channel_timing)
        stub = self._stubs.get(service)
        if stub is None:
            stub = self._stubs[service] = getattr(wire.rpc, f"{service}Stub")(self._channel)
        return getattr(stub, method)

    async def _once(self, service: str, method: str, request: Any, doing: str, seconds: float) -> Any:
        try:
            return await self._method(service, method)(request, timeout=seconds, metadata=wire.METADATA)
        except RpcError as error:
            if is_passing(error):
                raise EtcdUnavailable(self.endpoints, doing, reason_of(error)) from error
            raise EtcdRefused(doing, reason_of(error)) from error

    async def _repeat(self, service: str, method: str, request: Any, doing: str) -> Any:
        async def attempt() -> Any:
            return await self._once(service, method, request, doing, self._attempt_seconds)

        return await self.repeating(attempt)

    async def repeating(self, attempt: Callable[[], Awaitable[Any]]) -> Any:
        """Call *attempt*, which may be done twice, until etcd answers or *total_seconds* are over."""
        async for each in stamina.retry_context(
            on=EtcdUnavailable,
            attempts=None,
            timeout=self._total_seconds,
            wait_initial=0.05,
            wait_max=1.0,
            wait_jitter=0.05,
        ):
            with each:
                return await attempt()
        raise AssertionError("stamina ends in a result or an exception")

    async def _range(self, request: Any, doing: str) -> Snapshot:
        return wire.snapshot(await self._repeat("KV", "Range", request, doing))

    async def _read_pages(self, prefix: str, keys_only: bool) -> Snapshot:
        items: list[KeyValue] = []
        start, end, revision = prefix.encode(), wire.prefix_end(prefix), 0
        while True:
            request = wire.range_request(start, end, limit=_PAGE_SIZE, revision=revision, keys_only=keys_only)
            page = await self._range(request, f"reading {prefix}*")
            revision = revision or page.revision
            items.extend(page.items)
            if len(page.items) < _PAGE_SIZE:
                return Snapshot(tuple(items), revision)
            start = page.items[-1].key.encode() + b"\0"
