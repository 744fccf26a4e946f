"""What wakes a session, and tells at once that it is to end."""

from __future__ import annotations

from lablet_controller.application.services.interruptions import Interruptions
from lcm_core.coordination import WatchEvent, WatchEventKind
from lcm_core.reconcile import WatchedPrefix


def session_status_changes(prefix: str, interruptions: Interruptions) -> WatchedPrefix:
    """Keys ``<prefix>/sessions/<id>/status`` wake ``<id>``; a termination that was asked for is noted as well."""
    root = f"{prefix}/sessions/"

    def key_of(event: WatchEvent) -> str | None:
        session_id, _, leaf = event.kv.key.removeprefix(root).partition("/")
        if not session_id or leaf != "status":
            return None
        requested = event.kind is WatchEventKind.PUT and event.kv.json().get("terminate_requested") is True
        interruptions.note(session_id, requested=requested)
        return session_id

    return WatchedPrefix(root, key_of)
