"""etcd's gRPC messages: the only file that touches generated code, which has no types.

Everything here turns our values into requests and answers into our values.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aetcd import rpc as _rpc  # pyright: ignore[reportMissingTypeStubs]

from lcm_core.coordination.etcd_types import (
    Compare,
    Delete,
    Get,
    KeyValue,
    Lease,
    Operation,
    Put,
    Snapshot,
    TxnResult,
    WatchEvent,
    WatchEventKind,
)

rpc: Any = _rpc

METADATA = (("hasleader", "true"),)
"""Ask a member that has lost its quorum to say so instead of answering from memory or waiting."""


def prefix_end(prefix: str) -> bytes:
    """First key after all that start with *prefix*; NUL stands for «to the end»."""
    end = bytearray(prefix.encode())
    while end:
        if end[-1] < 255:
            end[-1] += 1
            return bytes(end)
        end.pop()
    return b"\0"


def key_value(kv: Any) -> KeyValue:
    return KeyValue(
        key=kv.key.decode(),
        value=kv.value,
        create_revision=kv.create_revision,
        mod_revision=kv.mod_revision,
        version=kv.version,
        lease_id=kv.lease,
    )


def range_request(key: bytes, end: bytes = b"", *, limit: int = 0, revision: int = 0, keys_only: bool = False) -> Any:
    return rpc.RangeRequest(key=key, range_end=end, limit=limit, revision=revision, keys_only=keys_only)


def snapshot(response: Any) -> Snapshot:
    return Snapshot(items=tuple(key_value(kv) for kv in response.kvs), revision=response.header.revision)


def put_request(key: str, value: bytes, lease_id: int) -> Any:
    return rpc.PutRequest(key=key.encode(), value=value, lease=lease_id)


def delete_request(key: str, *, prefix: bool = False) -> Any:
    return rpc.DeleteRangeRequest(key=key.encode(), range_end=prefix_end(key) if prefix else b"")


_COMPARE_TARGETS = {
    "create_revision": "CREATE",
    "mod_revision": "MOD",
    "version": "VERSION",
    "lease": "LEASE",
}


def _compare(compare: Compare) -> Any:
    target = getattr(rpc.Compare, _COMPARE_TARGETS[compare.field])
    return rpc.Compare(
        key=compare.key.encode(), target=target, result=rpc.Compare.EQUAL, **{compare.field: compare.value}
    )


def _operation(operation: Operation) -> Any:
    match operation:
        case Put(key, value, lease_id):
            return rpc.RequestOp(request_put=put_request(key, value, lease_id))
        case Delete(key):
            return rpc.RequestOp(request_delete_range=delete_request(key))
        case Get(key):
            return rpc.RequestOp(request_range=range_request(key.encode()))


def txn_request(compare: Sequence[Compare], success: Sequence[Operation], failure: Sequence[Operation]) -> Any:
    return rpc.TxnRequest(
        compare=[_compare(each) for each in compare],
        success=[_operation(each) for each in success],
        failure=[_operation(each) for each in failure],
    )


def txn_result(response: Any) -> TxnResult:
    found: list[KeyValue | None] = []
    for each in response.responses:
        if each.WhichOneof("response") == "response_range":
            kvs = each.response_range.kvs
            found.append(key_value(kvs[0]) if kvs else None)
    return TxnResult(succeeded=response.succeeded, revision=response.header.revision, found=tuple(found))


def lease_grant_request(ttl_seconds: int) -> Any:
    return rpc.LeaseGrantRequest(TTL=ttl_seconds)


def lease(response: Any) -> Lease:
    return Lease(id=response.ID, ttl_seconds=response.TTL)


def lease_keepalive_request(lease_id: int) -> Any:
    return rpc.LeaseKeepAliveRequest(ID=lease_id)


def lease_revoke_request(lease_id: int) -> Any:
    return rpc.LeaseRevokeRequest(ID=lease_id)


def compaction_request(revision: int) -> Any:
    return rpc.CompactionRequest(revision=revision)


WATCH_ID = 1
"""We open one watch per stream and choose its id; answers to a progress request carry -1 instead."""


def watch_create_request(prefix: str, start_revision: int) -> Any:
    return rpc.WatchRequest(
        create_request=rpc.WatchCreateRequest(
            key=prefix.encode(),
            range_end=prefix_end(prefix),
            start_revision=start_revision,
            progress_notify=True,
            watch_id=WATCH_ID,
        )
    )


def watch_progress_request() -> Any:
    return rpc.WatchRequest(progress_request=rpc.WatchProgressRequest())


def watch_events(response: Any) -> tuple[WatchEvent, ...]:
    return tuple(
        WatchEvent(WatchEventKind.PUT if event.type == 0 else WatchEventKind.DELETE, key_value(event.kv))
        for event in response.events
    )
