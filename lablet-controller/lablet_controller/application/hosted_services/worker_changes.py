"""Lets the sessions of a worker know when the worker comes, goes or stops answering."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from lablet_controller.application.services.leftover_labs import LeftoverLabs, to_be_cleared
from lcm_core.coordination import WatchEvent, WatchEventKind
from lcm_core.domain.errors import NotFound
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, RequeueAfter, Result, WatchedPrefix

_CLEAR_AGAIN_SECONDS = 1.0


class WorkerChanges:
    """Implements ``Reconciler``; the key is a worker's id.

    Its own resync is for workers on which something is left to be removed; the sessions' finds whatever else a lost
    watch event should have told.
    """

    def __init__(
        self, control_plane: ControlPlaneApiClient, wake_session: Callable[[str], None], leftovers: LeftoverLabs
    ) -> None:
        self._sessions = control_plane.sessions
        self._workers = control_plane.workers
        self._leftovers = leftovers
        self._wake_session = wake_session

    async def list_keys(self) -> Collection[str]:
        return [worker.id for worker in await self._workers.list() if to_be_cleared(worker)]

    async def reconcile(self, key: str) -> Result:
        for session in await self._sessions.list(worker_id=key):
            self._wake_session(session.id)
        try:
            worker = await self._workers.get(key)
        except NotFound:
            return Done()
        if to_be_cleared(worker) and not await self._leftovers.clear(worker):
            return RequeueAfter(_CLEAR_AGAIN_SECONDS, "labs that were left behind to be gone")
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
            seen = (value.get("status"), value.get("service_status"), value.get("host_lost"), value.get("leftovers"))
        changed = last.get(worker_id) != seen
        last[worker_id] = seen
        return worker_id if changed else None

    return WatchedPrefix(root, key_of)
