import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from lcm_core.coordination import KeyValue, WatchBatch, WatchEvent, WatchEventKind, WatchResync
from lcm_core.testing.placement_builders import ROOMY
from resource_scheduler.application.services.fleet_view import CapacityHint, FleetChange
from resource_scheduler.integration.capacity_watch import CapacityWatch


class Fleet:
    """Notes what it is told; every hint is worth waking for."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int | None]] = []
        self.reloads = 0

    def forget(self) -> None:
        self.told.clear()

    async def reload(self) -> None:
        self.reloads += 1

    def apply(self, worker_id: str, hint: CapacityHint | None) -> FleetChange:
        self.told.append((worker_id, hint.version if hint else None))
        return FleetChange(room_may_have_grown=True)


class Ended(Exception):
    pass


class Source:
    def __init__(self, *changes: WatchBatch | WatchResync) -> None:
        self._changes = changes

    async def watch_prefix(
        self, prefix: str, start_revision: int | None = None
    ) -> AsyncGenerator[WatchBatch | WatchResync]:
        assert (prefix, start_revision) == ("/lcm/workers/", None)
        for change in self._changes:
            yield change
        raise Ended


def kv(key: str, value: bytes) -> KeyValue:
    return KeyValue(key=key, value=value, create_revision=1, mod_revision=1, version=1, lease_id=0)


def capacity(worker_id: str, version: int) -> KeyValue:
    value: dict[str, Any] = {
        "declared": ROOMY.model_dump(),
        "allocations": [],
        "available_now": ROOMY.model_dump(),
        "port_range": {"first": 2000, "last": 9999},
        "placeable": True,
        "status": "RUNNING",
        "version": version,
    }
    return kv(f"/lcm/workers/{worker_id}/capacity", json.dumps(value).encode())


async def watched(*changes: WatchBatch | WatchResync) -> tuple[Fleet, list[FleetChange]]:
    fleet, woken = Fleet(), list[FleetChange]()
    view: Any = fleet
    with pytest.raises(Ended):
        await CapacityWatch(Source(*changes), view, root="/lcm", on_change=woken.append).run()
    return fleet, woken


def put(item: KeyValue) -> WatchEvent:
    return WatchEvent(WatchEventKind.PUT, item)


async def test_a_resync_reads_the_fleet_again_and_wakes_everybody() -> None:
    fleet, woken = await watched(WatchResync(items=(capacity("w-1", 3),), revision=9))
    assert (fleet.reloads, fleet.told) == (1, [("w-1", 3)])
    assert woken[-1] == FleetChange(room_may_have_grown=True)


async def test_each_capacity_event_is_a_hint_and_other_keys_are_none() -> None:
    events = (put(capacity("w-1", 4)), put(kv("/lcm/workers/w-1/desired", b"{}")), put(capacity("w-2", 1)))
    fleet, woken = await watched(WatchBatch(events=events, revision=9))
    assert fleet.told == [("w-1", 4), ("w-2", 1)]
    assert len(woken) == 2


async def test_a_deleted_key_and_an_unreadable_value_make_the_worker_be_asked_for() -> None:
    gone = WatchEvent(WatchEventKind.DELETE, kv("/lcm/workers/w-1/capacity", b""))
    broken = put(kv("/lcm/workers/w-2/capacity", b'{"version": "what"}'))
    fleet, _ = await watched(WatchBatch(events=(gone, broken), revision=9))
    assert fleet.told == [("w-1", None), ("w-2", None)]
