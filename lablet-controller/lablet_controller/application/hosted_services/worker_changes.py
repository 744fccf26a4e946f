"""Lets the sessions of a worker know when the worker comes, goes or stops answering."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from lcm_core.coordination import WatchEvent, WatchEventKind
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, Result, WatchedPrefix


class WorkerChanges:
    """Implements ``Reconciler``; the key is a worker's id.

    It lists no keys of its own: the sessions' own resync finds whatever a lost watch event should have told.
    """

    def __init__(self, control_plane: ControlPlaneApiClient, wake_session: Callable[[str], None]) -> None:
        self._sessions = control_plane.sessions
        self._wake_session = wake_session

    async def list_keys(self) -> Collection[str]:
        return ()

    async def reconcile(self, key: str) -> Result:
        for session in await self._sessions.list(worker_id=key):
            self._wake_session(session.id)
        return Done()


def worker_status_changes(prefix: str) -> WatchedPrefix:
    """Wakes a worker's id when its status or that of its CML is another one than last time, and not otherwise.

    Every booking rewrites the worker's keys; only a change of status matters to its sessions.
    """
    root = f"{prefix}/workers/"
    last: dict[str, Any] = {}

    def key_of(event: WatchEvent) -> str | None:
        worker_id, _, leaf = event.kv.key.removeprefix(root).partition("/")
        if leaf != "actual":
            return None
        seen: Any = None
        if event.kind is WatchEventKind.PUT:
            value = event.kv.json()
            seen = (value.get("status"), value.get("service_status"))
        changed = last.get(worker_id) != seen
        last[worker_id] = seen
        return worker_id if changed else None

    return WatchedPrefix(root, key_of)
