"""Writing a versioned value so that an older one never replaces a newer one."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lcm_core.coordination.etcd_types import Compare, EtcdUnavailable, Get, KeyValue, Put

if TYPE_CHECKING:
    from lcm_core.coordination.etcd_client import EtcdClient

_REMEMBERED_KEYS = 20_000


def _version_of(kv: KeyValue) -> int:
    """Version of a stored value; -1 for one that is not ours, so that any version replaces it."""
    try:
        value = kv.json()
        version = value["version"]
    except (ValueError, TypeError, KeyError):
        return -1
    return version if isinstance(version, int) else -1


class VersionedPut:
    """Compare-and-set on etcd's own revision of the key.

    The revision of the last write is remembered, so that the usual write takes one round trip; what is remembered only
    saves time, every decision is made by etcd.
    """

    def __init__(self, etcd: EtcdClient) -> None:
        self._etcd = etcd
        self._mod_revisions: OrderedDict[str, int] = OrderedDict()

    async def put(self, key: str, value: Mapping[str, object], *, lease_id: int) -> bool:
        version = value.get("version")
        if not isinstance(version, int):
            raise TypeError(f"a value for {key} needs an integer version, not {version!r}")
        data = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
        while True:
            written, stored = await self._attempt(key, data, lease_id)
            if written:
                return True
            if stored is not None and _version_of(stored) >= version:
                return False

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
