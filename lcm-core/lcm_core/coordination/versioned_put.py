"""Writing a versioned value so that an older one never replaces a newer one."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from lcm_core.coordination.etcd_types import Compare, Delete, EtcdUnavailable, Get, KeyValue, Put, TxnResult

if TYPE_CHECKING:
    from lcm_core.coordination.etcd_client import EtcdClient

_REMEMBERED_KEYS = 20_000
_MOST_AT_ONCE = 100
"""etcd takes 128 operations in a transaction, unless it is told otherwise."""

ValueT = TypeVar("ValueT")


def _version_of(kv: KeyValue) -> int:
    """Version of a stored value; -1 for one that is not ours, so that any version replaces it."""
    try:
        value = kv.json()
        version = value["version"]
    except (ValueError, TypeError, KeyError):
        return -1
    return version if isinstance(version, int) else -1


def _versioned(key: str, value: Mapping[str, object]) -> tuple[int, bytes]:
    version = value.get("version")
    if not isinstance(version, int):
        raise TypeError(f"a value for {key} needs an integer version, not {version!r}")
    return version, json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _some_at_a_time(values: Mapping[str, ValueT]) -> Iterator[dict[str, ValueT]]:
    remaining = iter(values.items())
    while some := dict(islice(remaining, _MOST_AT_ONCE)):
        yield some


class VersionedPut:
    """Compare-and-set on etcd's own revision of the key.

    The revision of the last write is remembered, so that the usual write takes one round trip; what is remembered only
    saves time, every decision is made by etcd.
    """

    def __init__(self, etcd: EtcdClient) -> None:
        self._etcd = etcd
        self._mod_revisions: OrderedDict[str, int] = OrderedDict()

    async def put(self, key: str, value: Mapping[str, object], *, lease_id: int) -> bool:
        version, data = _versioned(key, value)
        while True:
            written, stored = await self._attempt(key, data, lease_id)
            if written:
                return True
            if stored is not None and _version_of(stored) >= version:
                return False

    async def write_all(self, values: Mapping[str, Mapping[str, object] | None]) -> frozenset[str]:
        """Of many keys; None deletes. Those that were written.

        As a rule one round trip for a hundred; where somebody else wrote one of them in between, one for each.
        """
        written: set[str] = set()
        for some in _some_at_a_time(values):
            written |= set(some) if await self._all_at_once(some) else await self._one_by_one(some)
        return frozenset(written)

    async def _all_at_once(self, values: Mapping[str, Mapping[str, object] | None]) -> bool:
        data = {key: _versioned(key, value)[1] if value is not None else None for key, value in values.items()}
        unchanged = [
            Compare(key, "mod_revision", self._mod_revisions.get(key, 0)) for key in data if data[key] is not None
        ]
        changes = [Delete(key) if said is None else Put(key, said) for key, said in data.items()]

        async def write() -> TxnResult:
            return await self._etcd.txn(unchanged, changes)

        try:
            result = await self._etcd.repeating(write)
        except EtcdUnavailable:
            for key in data:
                self._mod_revisions.pop(key, None)
            raise
        if result.succeeded:
            for key, said in data.items():
                self._remember(key, result.revision if said is not None else 0)
        return result.succeeded

    async def _one_by_one(self, values: Mapping[str, Mapping[str, object] | None]) -> set[str]:
        written: set[str] = set()
        for key, value in values.items():
            if value is None:
                await self._etcd.delete(key)
                self._remember(key, 0)
                written.add(key)
            elif await self.put(key, value, lease_id=0):
                written.add(key)
        return written

    async def _attempt(self, key: str, data: bytes, lease_id: int) -> tuple[bool, KeyValue | None]:
        """One compare-and-set against what is remembered; on failure what etcd holds, which is then remembered."""
        unchanged = Compare(key, "mod_revision", self._mod_revisions.get(key, 0))

        async def compare_and_set() -> tuple[bool, KeyValue | None]:
            result = await self._etcd.txn([unchanged], [Put(key, data, lease_id)], [Get(key)])
            stored = result.found[0] if not result.succeeded else None
            self._remember(key, result.revision if result.succeeded else stored.mod_revision if stored else 0)
            return result.succeeded, stored

        try:
            return await self._etcd.repeating(compare_and_set)
        except EtcdUnavailable:
            self._mod_revisions.pop(key, None)
            raise

    def _remember(self, key: str, mod_revision: int) -> None:
        if mod_revision == 0:
            self._mod_revisions.pop(key, None)
            return
        self._mod_revisions[key] = mod_revision
        self._mod_revisions.move_to_end(key)
        if len(self._mod_revisions) > _REMEMBERED_KEYS:
            self._mod_revisions.popitem(last=False)
