from __future__ import annotations

import json

from lablet_controller.application.hosted_services.session_changes import session_status_changes
from lablet_controller.application.services.interruptions import Interruptions
from lcm_core.coordination import KeyValue, WatchEvent, WatchEventKind


def event(key: str, value: dict[str, object] | None) -> WatchEvent:
    kind = WatchEventKind.DELETE if value is None else WatchEventKind.PUT
    return WatchEvent(kind, KeyValue(key, json.dumps(value or {}).encode(), 1, 1, 1, 0))


def test_a_termination_that_was_asked_for_is_known_as_soon_as_the_key_says_so() -> None:
    interruptions = Interruptions()
    watched = session_status_changes("/lcm", interruptions)
    assert watched.key_of(event("/lcm/sessions/a/status", {"terminate_requested": False})) == "a"
    assert not interruptions.requested("a")
    assert watched.key_of(event("/lcm/sessions/a/status", {"terminate_requested": True})) == "a"
    assert interruptions.requested("a")
    assert not interruptions.requested("b")


def test_a_session_that_is_gone_is_forgotten() -> None:
    interruptions = Interruptions()
    watched = session_status_changes("/lcm", interruptions)
    watched.key_of(event("/lcm/sessions/a/status", {"terminate_requested": True}))
    assert watched.key_of(event("/lcm/sessions/a/status", None)) == "a"
    assert not interruptions.requested("a")


def test_granted_ports_wake_nobody() -> None:
    assert session_status_changes("/lcm", Interruptions()).key_of(event("/lcm/sessions/a/ports", {})) is None
