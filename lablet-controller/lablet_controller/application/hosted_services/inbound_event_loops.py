"""Applies kept events that nobody applied yet: those that are due, and those whose session has got there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from lablet_controller.application.events.cloud_event_ingestor import LabletCloudEventIngestor
from lcm_core.contracts.inbound_events import InboundEventRecord
from lcm_core.coordination import WatchEvent, WatchEventKind
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import NotFound
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, RequeueAfter, Result, WatchedPrefix

_APPLY_SECONDS = 45.0
_SOMETHING_WAITED_FOR = frozenset(
    {
        LabletSessionStatus.READY,
        LabletSessionStatus.RUNNING,
        LabletSessionStatus.GRADING,
        LabletSessionStatus.STOPPING,
    }
)
"""Statuses in which an event that was early before may not be any more."""


class DueEvents:
    """Implements ``Reconciler``; the key is the id of a kept event. Its resync is what finds them."""

    def __init__(self, control_plane: ControlPlaneApiClient, ingestor: LabletCloudEventIngestor) -> None:
        self._inbound = control_plane.inbound_events
        self._ingestor = ingestor
        self._listed: dict[str, InboundEventRecord] = {}

    async def list_keys(self) -> Collection[str]:
        self._listed = {record.id: record for record in await self._inbound.due()}
        return list(self._listed)

    async def reconcile(self, key: str) -> Result:
        try:
            record = self._listed.pop(key, None) or await self._inbound.get(key)
        except NotFound:
            return Done()
        if record.is_open:
            await self._ingestor.apply([record], _APPLY_SECONDS)
        return Done()


class ParkedEvents:
    """Implements ``Reconciler``; the key is the id of a session that has moved."""

    def __init__(self, control_plane: ControlPlaneApiClient, ingestor: LabletCloudEventIngestor) -> None:
        self._inbound = control_plane.inbound_events
        self._ingestor = ingestor

    async def list_keys(self) -> Collection[str]:
        """None: what a lost watch event should have told is due before long all the same."""
        return ()

    async def reconcile(self, key: str) -> Result:
        parked = await self._inbound.parked(key)
        verdicts = await self._ingestor.apply(parked, _APPLY_SECONDS)
        if len(verdicts) < len(parked):
            return RequeueAfter(0.0, "more parked events than there was time for")
        return Done()


def session_moves(prefix: str) -> WatchedPrefix:
    """Wakes a session's id when it gets where an early event may have waited for it."""
    root = f"{prefix}/sessions/"
    last: dict[str, Any] = {}

    def key_of(event: WatchEvent) -> str | None:
        session_id, _, leaf = event.kv.key.removeprefix(root).partition("/")
        if leaf != "status":
            return None
        if event.kind is not WatchEventKind.PUT:
            last.pop(session_id, None)
            return None
        status = event.kv.json().get("status")
        changed = last.get(session_id) != status
        last[session_id] = status
        return session_id if changed and status in _SOMETHING_WAITED_FOR else None

    return WatchedPrefix(root, key_of)
