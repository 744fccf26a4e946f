"""«Where would this land?»: the answer that a booking would get, which holds nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from control_plane_api.testing.running_control_plane import RunningControlPlane

TOPOLOGY = """
lab: {title: One router, version: 0.2.2}
nodes:
  - {id: n0, label: r1, node_definition: iosv, tags: ["serial:5001"], interfaces: []}
links: []
"""
DRY_RUN = "/api/v1/scheduler/dry-run"
NEXT_YEAR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=200)


@pytest.fixture
async def definition_id(control_plane: RunningControlPlane) -> str:
    """Of a lab of which four fit on a worker; a region may have one worker."""
    template = {
        "name": "metal",
        "region": "us-east-1",
        "instance_type": "m5zn.metal",
        "capacity": {"cpu_cores": 8, "memory_gb": 64, "storage_gb": 400, "nodes": 20, "ports": 20},
        "license_type": "PERSONAL",
        "cost_per_hour_usd": 3.9,
    }
    lab = {
        "name": "one-router",
        "form_qualified_name": "Exam CCNP v1 LAB 1.1",
        "topology_yaml": TOPOLOGY,
        "requirements": {"cpu_cores": 2, "memory_gb": 4, "storage_gb": 4, "nodes": 1, "ports": 1},
        "max_duration_minutes": 120,
        "lead_seconds": 300,
        "teardown_seconds": 300,
    }
    policy = {"policy": {"max_workers_per_region": 1}, "reason": "for the test"}
    async with control_plane.client("admin") as admin:
        answers = [
            await admin.post("/api/v1/worker-templates", json=template),
            await admin.post("/api/v1/lablet-definitions", json=lab),
            await admin.put("/api/v1/system/settings", json=policy),
        ]
    assert all(answer.is_success for answer in answers), [answer.text for answer in answers]
    return answers[1].json()["id"]


def terms(definition_id: str, **changes: Any) -> dict[str, Any]:
    return {"definition_id": definition_id, "duration_minutes": 60, "start": NEXT_YEAR.isoformat(), **changes}


async def booked(client: httpx2.AsyncClient, definition_id: str, learners: int) -> None:
    seats = [{"candidate": {"username": f"u{n}"}} for n in range(learners)]
    answer = await client.post("/api/v1/reservations/batch", json=terms(definition_id, seats=seats))
    assert answer.status_code == 201, answer.text


async def test_on_an_empty_fleet_it_names_the_worker_that_would_be_planned(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("operator") as operator:
        answer = (await operator.post(DRY_RUN, json=terms(definition_id, seats=4))).json()
    assert [seat["template_name"] for seat in answer["seats"]] == ["metal"] * 4
    assert [opening["template_name"] for opening in answer["openings"]] == ["metal"]


async def test_it_tells_of_each_worker_what_it_lacks(control_plane: RunningControlPlane, definition_id: str) -> None:
    async with control_plane.client("operator") as operator:
        await booked(operator, definition_id, 4)
        answer = (await operator.post(DRY_RUN, json=terms(definition_id))).json()
    (verdict,) = answer["candidates"]
    assert (verdict["reason_code"], verdict["dimension"], verdict["needed"], verdict["free"]) == (
        "capacity",
        "cpu_cores",
        2,
        0,
    )
    assert answer["seats"][0]["reason_counts"] == {"capacity": 1, "fleet_limit": 1}
    assert len(answer["alternatives"]) == 3


async def test_what_it_says_of_a_class_is_what_the_class_gets(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("operator") as operator:
        await booked(operator, definition_id, 1)
        answer = (await operator.post(DRY_RUN, json=terms(definition_id, seats=4))).json()
        placed = sum(seat["worker_id"] is not None for seat in answer["seats"])
        await booked(operator, definition_id, placed)
        one_more = await operator.post(DRY_RUN, json=terms(definition_id))
    assert placed == 3
    assert one_more.json()["seats"][0]["worker_id"] is None


async def test_it_holds_nothing(control_plane: RunningControlPlane, definition_id: str) -> None:
    async with control_plane.client("operator") as operator:
        await operator.post(DRY_RUN, json=terms(definition_id, seats=4))
        workers = (await operator.get("/api/v1/workers")).json()
        again = (await operator.post(DRY_RUN, json=terms(definition_id))).json()
    assert workers["items"] == []
    assert again["candidates"] == []


async def test_a_session_that_would_be_moved_may_have_its_own_room(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("operator") as operator:
        await booked(operator, definition_id, 4)
        session_id = (await operator.get("/api/v1/lablet-sessions")).json()["items"][0]["id"]
        later = {"start": (NEXT_YEAR + timedelta(minutes=15)).isoformat()}
        another = (await operator.post(DRY_RUN, json=terms(definition_id, **later))).json()
        moved = (await operator.post(DRY_RUN, json=terms(definition_id, **later, moved_session_id=session_id))).json()
    async with control_plane.client("lms", subject="another") as lms:
        refused = await lms.post(DRY_RUN, json=terms(definition_id, **later, moved_session_id=session_id))
        missing = await lms.post(DRY_RUN, json=terms(definition_id, **later, moved_session_id="no-such-one"))
    assert another["seats"][0]["worker_id"] is None
    assert moved["seats"][0]["worker_id"] is not None
    assert refused.status_code == missing.status_code == 404
    assert refused.json()["detail"].replace(session_id, "no-such-one") == missing.json()["detail"]


async def test_an_lms_learns_where_but_not_what_other_workers_hold(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("lms") as lms:
        await booked(lms, definition_id, 1)
        answer = (await lms.post(DRY_RUN, json=terms(definition_id))).json()
    assert answer["seats"][0]["worker_id"] is not None
    assert answer["candidates"] == []
