"""An LMS meets its own bookings and sessions, on every route; what belongs to others does not exist for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from control_plane_api.application.refused_attempts import REFUSED_ATTEMPTS
from control_plane_api.domain.entities import Subscription
from control_plane_api.testing.browser import TEMPLATE
from control_plane_api.testing.builders import Recorder, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.auth import Role
from lcm_core.auth.route_guard import RouteAccess, routes_of
from lcm_core.domain.subscriptions import EventFilter, SigningKey, SubscriptionPurpose

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOPOLOGY = """
lab: {title: One router, version: 0.2.2}
nodes:
  - {id: n0, label: r1, node_definition: iosv, tags: ["serial:5001"], interfaces: []}
links: []
"""
LAB = {
    "name": "one-router",
    "form_qualified_name": "Exam CCNP v1 LAB 1.1",
    "topology_yaml": TOPOLOGY,
    "requirements": {"cpu_cores": 2, "memory_gb": 4, "storage_gb": 4, "nodes": 1, "ports": 1},
    "max_duration_minutes": 120,
    "lead_seconds": 300,
    "teardown_seconds": 300,
}
NEXT_YEAR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=200)
HOOK = "https://lms.example/hook"
SAME_FOR_ALL = frozenset(
    {
        "GET /api/v1/event-catalogue",
        "GET /api/v1/state-machines",
        "GET /api/v1/lablet-definitions",
        "GET /api/v1/lablet-definitions/{definition_id}",
        "POST /api/v1/reservations",
        "POST /api/v1/reservations/batch",
        "POST /api/v1/scheduler/dry-run",
        "POST /api/v1/subscriptions",
        "POST /api/v1/outbound-dead-letters/replay",
    }
)
"""Routes for an LMS on which nothing of anybody's is shown: what everybody may book, and booking itself."""


OWN_THINGS = ("reservations/{reservation_id}", "reservations/batches/{batch_id}", "lablet-sessions/{session_id}")


@dataclass(frozen=True, slots=True)
class Booked:
    """What one LMS has; ids by the name of the path parameter."""

    owner: str
    ids: dict[str, str]


@dataclass(frozen=True, slots=True)
class TwoTenants:
    plane: RunningControlPlane
    mine: Booked
    theirs: Booked


async def book(plane: RunningControlPlane, owner: str, definition_id: str) -> Booked:
    wish = {"definition_id": definition_id, "duration_minutes": 60, "start": NEXT_YEAR.isoformat()}
    async with plane.client("lms", subject=owner, client_id=owner) as lms:
        one = await lms.post("/api/v1/reservations", json={**wish, "candidate": {"username": "ada"}})
        several = {**wish, "seats": [{"candidate": {"username": "bob"}}]}
        batch = await lms.post("/api/v1/reservations/batch", json=several)
    assert (one.status_code, batch.status_code) == (201, 201), one.text + batch.text
    answer = one.json()
    subscription = Subscription.create(
        f"subscription-of-{owner}",
        owner_id=owner,
        purpose=SubscriptionPurpose.FILTER,
        url=HOOK,
        filter=EventFilter(owner_id=owner),
        key=SigningKey(id="key-1", created_at=datetime.now(UTC)),
        stamp=now_stamp(),
    )
    await Recorder(plane.db).commit(subscription)
    return Booked(
        owner,
        {
            "subscription_id": subscription.id,
            "dead_letter_id": f"dead-letter-of-{owner}",
            "reservation_id": answer["reservation"]["id"],
            "session_id": answer["session"]["id"],
            "batch_id": batch.json()["batch_id"],
        },
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tenants(shared_control_plane: RunningControlPlane) -> AsyncIterator[TwoTenants]:
    async with shared_control_plane.client("admin") as admin:
        await admin.post("/api/v1/worker-templates", json=TEMPLATE)
        definition = await admin.post("/api/v1/lablet-definitions", json=LAB)
    booked = [await book(shared_control_plane, owner, definition.json()["id"]) for owner in ("lms-a", "lms-b")]
    yield TwoTenants(shared_control_plane, *booked)


def own_routes(plane: RunningControlPlane) -> list[RouteAccess]:
    return [
        route
        for route in routes_of(plane.app)
        if route.path.startswith("/api/v1/") and route.requirement and route.admits(Role.LMS)
        if route.name not in SAME_FOR_ALL
    ]


def filled(path: str, ids: dict[str, str]) -> str:
    """Every id in *path* replaced; an id that this test does not know of fails it, so that nothing is left out."""
    return path.format_map(ids)


BODIES: dict[str, dict[str, Any]] = {
    "cancel": {"reason": "curious"},
    "reschedule": {"start": (NEXT_YEAR + timedelta(days=1)).isoformat()},
    "extend": {"minutes": 5},
    "{subscription_id}": {"url": HOOK},
    "pause": {"reason": "curious"},
    "resume": {"reason": "curious"},
    "rotate-key": {},
    "replay": {"since": "2030-01-01T00:00:00Z"},
}
"""What each kind of change wants, by the last part of its route."""


async def call(http: httpx2.AsyncClient, route: RouteAccess, ids: dict[str, str]) -> httpx2.Response:
    method = route.methods[0]
    body = BODIES[route.path.rpartition("/")[2]] if method in ("POST", "PUT", "PATCH") else None
    if route.path == "/api/v1/outbound-dead-letters/{dead_letter_id}/replay":
        body = None
    return await http.request(method, filled(route.path, ids), json=body)


async def test_every_route_that_shows_an_lms_something_is_declared_to_show_its_own_only(tenants: TwoTenants) -> None:
    undeclared = [route.name for route in own_routes(tenants.plane) if not route.shows_own_only_to(Role.LMS)]
    assert undeclared == []


async def test_a_guessed_id_is_answered_as_one_that_does_not_exist(tenants: TwoTenants) -> None:
    told: list[str] = []
    before = await tenants.plane.commits()
    nobodys = {name: f"nobody-has-{name}" for name in tenants.theirs.ids}
    async with tenants.plane.client("lms", subject="lms-a", client_id="lms-a") as lms:
        for route in own_routes(tenants.plane):
            if "{" not in route.path:
                continue
            theirs, missing = await call(lms, route, tenants.theirs.ids), await call(lms, route, nobodys)
            if not (theirs.status_code == missing.status_code == 404 and alike(theirs, missing)):
                told.append(f"{route.name}: {theirs.status_code} {theirs.text} / {missing.status_code} {missing.text}")
    assert told == []
    assert await tenants.plane.commits() == before


def alike(theirs: httpx2.Response, missing: httpx2.Response) -> bool:
    """Whether the two problems differ in nothing but the id that was asked for."""

    def shape(answer: httpx2.Response) -> dict[str, Any]:
        problem = answer.json()
        id = problem["facts"]["id"]
        kept = {name: problem[name] for name in ("type", "title", "status", "detail", "code", "facts")}
        return {name: str(value).replace(id, "…") for name, value in kept.items()}

    return shape(theirs) == shape(missing)


async def test_a_list_holds_what_is_the_callers_own_whatever_it_asks_for(tenants: TwoTenants) -> None:
    found = [route.path for route in own_routes(tenants.plane) if route.methods == ("GET",) and "{" not in route.path]
    lists = [path for path in found if not path.endswith("/stream")]
    assert {"/api/v1/reservations", "/api/v1/lablet-sessions"} <= set(lists)
    async with tenants.plane.client("lms", subject="lms-a", client_id="lms-a") as lms:
        for path in lists:
            for asked in ({}, {"owner_id": "lms-b"}, {"limit": "100"}):
                items = (await lms.get(path, params=asked)).json()["items"]
                assert {item["owner_id"] for item in items} <= {"lms-a"}, path
                assert items or asked or "dead-letters" in path, path


async def test_an_owner_reaches_everything_that_it_has(tenants: TwoTenants) -> None:
    async with tenants.plane.client("lms", subject="lms-a", client_id="lms-a") as lms:
        for path in (
            "reservations/{reservation_id}",
            "reservations/batches/{batch_id}",
            "lablet-sessions/{session_id}",
        ):
            assert (await lms.get(f"/api/v1/{path.format_map(tenants.mine.ids)}")).status_code == 200


async def test_an_instructor_sees_every_booking_and_changes_its_own_only(tenants: TwoTenants) -> None:
    path = f"/api/v1/reservations/{tenants.theirs.ids['reservation_id']}"
    async with tenants.plane.client("instructor", subject="ines") as ines:
        seen = await ines.get(path)
        refused = await ines.post(f"{path}/cancel", json={"reason": "curious"})
    assert (seen.status_code, refused.status_code) == (200, 404)


async def test_a_look_at_what_belongs_to_others_is_on_record_with_its_real_reason(tenants: TwoTenants) -> None:
    session_id = tenants.theirs.ids["session_id"]
    async with tenants.plane.client("lms", subject="lms-a", client_id="lms-a") as lms:
        await lms.get(f"/api/v1/lablet-sessions/{session_id}")
    kept = await tenants.plane.refused(resource_id=session_id, route="GET /api/v1/lablet-sessions/{session_id}")
    assert (kept["actor"], kept["status"], kept["reason"]) == ("lms-a", 404, "It belongs to lms-b.")
    assert (
        await tenants.plane.db[REFUSED_ATTEMPTS].find_one({"resource_id": {"$regex": "^nobody-has"}, "method": "GET"})
        is None
    )
