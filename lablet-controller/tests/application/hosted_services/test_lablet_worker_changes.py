from __future__ import annotations

import json
from typing import cast

from lablet_controller.application.hosted_services.worker_changes import WorkerChanges, worker_status_changes
from lablet_controller.application.ports.cml_labs import CmlLabs
from lablet_controller.application.services.leftover_labs import LeftoverLabs
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.coordination import KeyValue, WatchEvent, WatchEventKind
from lcm_core.reconcile import Done
from lcm_core.testing.manual_clock import ManualClock

from ...fake_control_plane import FakeControlPlane


def event(key: str, value: dict[str, object] | None) -> WatchEvent:
    kind = WatchEventKind.DELETE if value is None else WatchEventKind.PUT
    return WatchEvent(kind, KeyValue(key, json.dumps(value or {}).encode(), 1, 1, 1, 0))


def actual(worker: str, status: str, service: str = "AVAILABLE", version: int = 1) -> WatchEvent:
    value = {"status": status, "service_status": service, "version": version}
    return event(f"/lcm/workers/{worker}/actual", value)


def test_only_a_change_of_status_wakes_the_sessions_of_a_worker() -> None:
    watched = worker_status_changes("/lcm")
    told = [
        watched.key_of(each)
        for each in (
            actual("w", "RUNNING"),
            actual("w", "RUNNING", version=2),
            event("/lcm/workers/w/capacity", {"status": "RUNNING"}),
            actual("w", "RUNNING", "UNAVAILABLE"),
            event("/lcm/workers/w/actual", None),
            event("/lcm/workers/w/actual", None),
        )
    ]
    assert told == ["w", None, None, "w", "w", None]


async def test_every_session_of_the_worker_is_woken() -> None:
    plane = FakeControlPlane(ManualClock(), ContentPackage(hash="h", topology_yaml=""))
    for worker in ("w", "v"):
        plane.add_worker(worker, "127.0.0.1")
    mine, _other = plane.add_session("w"), plane.add_session("v")
    woken: list[str] = []
    nothing_left = LeftoverLabs(plane.client, cast(CmlLabs, None))
    assert await WorkerChanges(plane.client, woken.append, nothing_left).reconcile("w") == Done()
    assert woken == [mine]
