"""What a refused attempt was about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from control_plane_api.application.refused_attempts import document_of
from lcm_core.application.refusals import RefusedAttempt


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        ("POST /api/v1/lablet-sessions/{session_id}/retry", "lablet_session"),
        ("POST /api/internal/sessions/{session_id}/ready", "lablet_session"),
        ("GET /api/internal/workers/{worker_id}/sessions", "cml_worker"),
        ("PUT /api/v1/system/settings", "system_settings"),
        ("GET /api/v1/worker-templates", "worker_template"),
        ("GET /auth/sessions", None),
        ("POST /api/v1/web-sessions/end", None),
        ("GET /workers/{path}", None),
    ],
)
def test_a_route_of_the_api_tells_what_it_is_about_and_no_other_route_does(route: str, kind: str | None) -> None:
    method, _, _ = route.partition(" ")
    at = datetime(2030, 1, 1, tzinfo=UTC)
    attempt = RefusedAttempt(at, None, None, (), method, route, None, 401, "unauthenticated", "", "127.0.0.1", None)
    assert document_of(attempt, 1)["resource_type"] == kind
