"""Operators are told over the API and the live stream, say that they know, and set the thresholds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest_asyncio

from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from control_plane_api.testing.sse_client import event_reader
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import OidcIssuer

NOTIFICATIONS, SETTINGS = "/api/v1/notifications", "/api/v1/system/settings"
PAUSE, RESUME = (f"/api/v1/reconcilers/resource-scheduler/{verb}" for verb in ("pause", "resume"))
DEADLINE = 30


@pytest_asyncio.fixture
async def plane(mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer) -> AsyncIterator[RunningControlPlane]:
    async with running_control_plane(mongo, etcd, issuer, notification_look_seconds=1) as running:
        yield running


async def with_terms(admin: httpx2.AsyncClient, **terms: Any) -> None:
    quiet = ["reconciler_without_leader"]
    body = {"policy": {"notifications": {"muted": quiet, **terms}}, "reason": "thresholds of a test"}
    assert (await admin.put(SETTINGS, json=body)).status_code == 200


async def told(operator: httpx2.AsyncClient, **filters: str) -> list[dict[str, Any]]:
    answer = await operator.get(NOTIFICATIONS, params={"kind": "reconciler_paused", **filters})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_condition_is_told_live_acknowledged_and_cleared(plane: RunningControlPlane) -> None:
    async with (
        asyncio.timeout(DEADLINE),
        plane.client("admin", subject="ada") as admin,
        event_reader(admin, kinds="notification") as events,
    ):
        await with_terms(admin, paused_minutes=0)
        await admin.post(PAUSE, json={"reason": "looking into it"})
        raised = await events.until("notification.raised.v1")
        [open_one] = await told(admin, active="true")
        body = {"ids": [open_one["id"]], "note": "it is me"}
        acknowledged = await admin.post(f"{NOTIFICATIONS}/acknowledge", json=body)
        again = await admin.post(f"{NOTIFICATIONS}/acknowledge", json=body)
        await events.until("notification.acknowledged.v1")
        await admin.post(RESUME, json={"reason": "done"})
        await events.until("notification.cleared.v1")
        one = await admin.get(f"{NOTIFICATIONS}/{open_one['id']}")
        open_now, past = await told(admin, active="true"), await told(admin, status="cleared")

    assert raised.data["data"]["subject"]["id"] == "resource-scheduler"
    assert (open_one["status"], open_one["severity"]) == ("open", "warning")
    assert "looking into it" in open_one["text"]
    assert open_one["title"]
    assert open_one["advice"]
    assert acknowledged.json()["acknowledged"] == 1
    assert again.json()["acknowledged"] == 0
    assert (one.json()["acknowledged"]["by"], one.json()["acknowledged"]["note"]) == ("ada", "it is me")
    assert (open_now, [each["id"] for each in past]) == ([], [open_one["id"]])


async def test_a_threshold_that_is_changed_counts_at_once(plane: RunningControlPlane) -> None:
    async with (
        asyncio.timeout(DEADLINE),
        plane.client("admin") as admin,
        event_reader(admin, kinds="notification") as events,
    ):
        await with_terms(admin, paused_minutes=60)
        await admin.post(PAUSE, json={"reason": "looking into it"})
        before = await told(admin)
        await with_terms(admin, paused_minutes=0)
        await events.until("notification.raised.v1")
        await with_terms(admin, paused_minutes=60)
        await events.until("notification.cleared.v1")

    assert before == []


async def test_thresholds_that_make_no_sense_are_refused_by_name(plane: RunningControlPlane) -> None:
    body = {"policy": {"notifications": {"sessions_failed": 0}}, "reason": "all of it"}
    async with plane.client("admin") as admin, plane.client("operator") as operator:
        refused = await admin.put(SETTINGS, json=body)
        forbidden = await operator.put(SETTINGS, json=body)

    assert refused.status_code == 422
    assert "/policy/notifications/sessions_failed" in refused.text
    assert forbidden.status_code == 403


async def test_nobody_but_operators_is_told(plane: RunningControlPlane) -> None:
    async with (
        asyncio.timeout(DEADLINE),
        plane.client("viewer") as viewer,
        plane.client("admin") as admin,
        event_reader(viewer) as events,
        event_reader(admin, kinds="notification") as seen,
    ):
        await with_terms(admin, paused_minutes=0)
        await admin.post(PAUSE, json={"reason": "looking into it"})
        await seen.until("notification.raised.v1")
        await admin.post(RESUME, json={"reason": "done"})
        names = set[str]()
        while "reconciler.resumed.v1" not in names:
            names.add((await events.next()).name)
        refused = await viewer.get(NOTIFICATIONS)

    assert {name for name in names if name.startswith("notification")} == set()
    assert refused.status_code == 403
