"""What operators see of the system as a whole: queues, the feed, settings, who changed them, who is logged in."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from control_plane_api.application.identity import Browser, LoggedIn
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.auth import Principal, Role

pytestmark = pytest.mark.asyncio(loop_scope="module")
SYSTEM = "/api/v1/system"
SETTINGS = f"{SYSTEM}/settings"


async def test_queues_and_the_lag_of_the_feed_are_told(shared_control_plane: RunningControlPlane) -> None:
    async with shared_control_plane.client("viewer") as viewer, shared_control_plane.client("admin") as admin:
        await admin.put(SETTINGS, json={"policy": {"booking_horizon_days": 100}, "reason": "a commit"})
        async with asyncio.timeout(10):
            while True:
                status = (await viewer.get(SYSTEM)).json()
                if status["feed"]["lag_seconds"] == 0 and status["feed"]["behind"] == 0:
                    break
                await asyncio.sleep(0.05)

    queues = {queue["name"]: queue for queue in status["queues"]}
    assert set(queues) == {"placement", "fleet", "pipeline", "inbound", "outbound"}
    assert (queues["placement"]["waiting"], queues["inbound"]["waiting"], queues["outbound"]["dead"]) == (0, 0, 0)
    assert queues["pipeline"]["waiting"] is None, "nobody leads lablet-controller, so that nobody knows"
    assert status["feed"]["connected"]


async def test_each_change_of_the_settings_tells_what_it_changed_who_did_and_why(
    shared_control_plane: RunningControlPlane,
) -> None:
    care = {"orphan_grace_seconds": 60}
    async with shared_control_plane.client("admin", subject="ada") as admin:
        await admin.put(SETTINGS, json={"policy": {"max_workers_per_region": 7}, "reason": "a small fleet"})
        await admin.put(SETTINGS, json={"policy": {"max_workers_per_region": 7, "care": care}, "reason": "strays"})
        last = (await admin.get(f"{SETTINGS}/changes", params={"limit": 1})).json()
        both = (await admin.get(f"{SETTINGS}/changes", params={"limit": 2})).json()
        current = (await admin.get(SETTINGS)).json()

    [change] = last
    assert (change["by"], change["reason"], change["version"]) == ("ada", "strays", current["version"])
    assert change["changes"] == [{"path": "care.orphan_grace_seconds", "before": 86_400, "after": 60}]
    assert both[0] == change
    assert {"path": "max_workers_per_region", "before": 20, "after": 7} in both[1]["changes"]
    assert datetime.fromisoformat(both[1]["at"]) <= datetime.fromisoformat(change["at"])


async def test_what_services_run_with_is_told_to_operators_without_secrets(
    shared_control_plane: RunningControlPlane,
) -> None:
    told = {
        "service": "resource-scheduler",
        "instance": "one",
        "version": "1.0",
        "settings": [{"variable": "RESOURCE_SCHEDULER_PORT", "value": "1", "default": "8080", "is_default": False}],
    }
    path = f"{SYSTEM}/service-settings"
    async with (
        shared_control_plane.client("service", client_id="resource-scheduler") as scheduler,
        shared_control_plane.client("operator") as operator,
        shared_control_plane.client("viewer") as viewer,
    ):
        await scheduler.post("/api/internal/service-settings", json=told)
        await scheduler.post("/api/internal/service-settings", json={**told, "version": "1.1"})
        async with asyncio.timeout(10):
            while len(reports := (await operator.get(path)).json()) < 2:  # noqa: ASYNC110 - told behind the start
                await asyncio.sleep(0.05)
        refused = await viewer.get(path)

    by_service = {report["service"]: report for report in reports}
    own = {each["variable"]: each for each in by_service["control-plane-api"]["settings"]}
    assert by_service["resource-scheduler"]["version"] == "1.1"
    assert own["CONTROL_PLANE_MONGO_URI"]["value"] == "set"
    assert own["CONTROL_PLANE_MONGO_DATABASE"]["value"] == shared_control_plane.settings.mongo_database
    assert "mongodb://" not in str(reports)
    assert refused.status_code == 403


async def test_an_admin_sees_everybody_who_is_logged_in(shared_control_plane: RunningControlPlane) -> None:
    sessions = shared_control_plane.app.state.browser_login.sessions
    for name in ("ada", "bob"):
        who = LoggedIn(Principal(name, "lcm-ui", frozenset({Role.VIEWER}), name.title()), None)
        await sessions.begin(who, Browser("127.0.0.1", "a browser"))
    async with shared_control_plane.client("admin") as admin, shared_control_plane.client("operator") as operator:
        everybody = (await admin.get("/api/v1/web-sessions")).json()
        one = (await admin.get("/api/v1/web-sessions", params={"subject": "ada"})).json()
        refused = await operator.get("/api/v1/web-sessions")

    assert {each["subject"] for each in everybody} == {"ada", "bob"}
    assert [(each["name"], each["roles"]) for each in one] == [("Ada", ["viewer"])]
    assert refused.status_code == 403
