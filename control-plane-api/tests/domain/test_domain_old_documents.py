"""What was stored before a field came is read as it was meant: hosts are well, nothing is held, no bucket is read."""

from __future__ import annotations

from datetime import UTC, datetime

from control_plane_api.domain.entities import CMLWorker, LabletDefinition, LabletSession
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.builders import a_definition, a_session, a_worker, made_ready
from lcm_core.domain.values import HostLossTerms

AT = datetime(2030, 1, 1, tzinfo=UTC)
NEW_OF_WORKERS = {"host_loss", "leftover_labs", "silent_since", "idle_detection_enabled", "refresh_requested_at"}
NEW_OF_DEFINITIONS = {
    "sync",
    "proposal",
    "consumers",
    "outside_work",
    "content_bucket",
    "version_policy",
    "replaced_by",
}
NEW_OF_SESSIONS = {"host_loss", "recovery"}


def test_a_worker() -> None:
    stored = made_ready(a_worker()).next_document(head_hash="0" * 64, at=AT)
    assert set(stored) >= NEW_OF_WORKERS

    worker = CMLWorker.from_document({name: value for name, value in stored.items() if name not in NEW_OF_WORKERS})

    assert worker.placeable
    assert worker.state.idle_detection_enabled
    assert (worker.state.host_loss, worker.state.leftover_labs) == (None, ())


def test_a_session() -> None:
    stored = a_session().next_document(head_hash="0" * 64, at=AT)
    assert set(stored) >= NEW_OF_SESSIONS

    kept = {name: value for name, value in stored.items() if name not in NEW_OF_SESSIONS}
    session = LabletSession.from_document(kept)

    assert (session.state.host_loss, session.state.recovery) == (None, None)


def test_a_definition() -> None:
    stored = a_definition().next_document(head_hash="0" * 64, at=AT)
    assert set(stored) >= NEW_OF_DEFINITIONS

    kept = {name: value for name, value in stored.items() if name not in NEW_OF_DEFINITIONS}
    definition = LabletDefinition.from_document(kept)

    assert definition.pin().content_hash == "0" * 64
    assert (definition.wants_sync, definition.state.outside_work, definition.state.consumers) == (False, (), ())


def test_a_policy() -> None:
    assert FleetPolicy.model_validate({"max_workers_per_region": 3}).host_loss == HostLossTerms()
