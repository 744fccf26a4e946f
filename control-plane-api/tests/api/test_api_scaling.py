"""Why the fleet is as large as it is, over HTTP: who may ask, who may change it, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from control_plane_api.testing.running_control_plane import RunningControlPlane, problem_codes

WHY = {"reason": "made by hand"}
INSTANCE = {"region": "us-east-1", "ec2_instance_id": "i-0a1b", "template_name": "metal"}


async def a_template(control_plane: RunningControlPlane) -> None:
    template = {
        "name": "metal",
        "region": "us-east-1",
        "instance_type": "m5zn.metal",
        "capacity": {"cpu_cores": 16, "memory_gb": 64, "storage_gb": 400, "nodes": 40, "ports": 200},
        "license_type": "PERSONAL",
        "cost_per_hour_usd": 4.0,
    }
    async with control_plane.client("admin") as admin:
        (await admin.post("/api/v1/worker-templates", json=template)).raise_for_status()


async def test_an_import_is_accepted_once_under_its_key_and_shows_among_the_decisions(
    control_plane: RunningControlPlane,
) -> None:
    await a_template(control_plane)
    async with control_plane.client("operator", subject="ada") as operator:
        answers = [
            await operator.post("/api/v1/workers/import", json={**INSTANCE, **WHY}, headers={"Idempotency-Key": "k"})
            for _ in range(2)
        ]
        listed = (await operator.get("/api/v1/scaling-decisions", params={"kind": "import"})).json()
    assert [answer.status_code for answer in answers] == [202, 202]
    first, second = (answer.json() for answer in answers)
    assert first["id"] == second["id"]
    assert answers[0].headers["Location"] == f"/api/v1/workers/{first['id']}"
    assert (first["status"], first["import_of"], first["origin"]) == ("PENDING", "i-0a1b", "imported")
    assert [(each["worker_id"], each["actor"], each["taken"]) for each in listed["items"]] == [
        (first["id"], "ada", True)
    ]
    assert listed["next_cursor"] is None


async def test_what_cannot_be_imported_is_refused_with_a_problem_and_changes_nothing(
    control_plane: RunningControlPlane,
) -> None:
    await a_template(control_plane)
    before = await control_plane.commits()
    async with control_plane.client("operator") as operator:
        answers = [
            await operator.post("/api/v1/workers/import", json=body)
            for body in (
                {**INSTANCE, **WHY, "template_name": "gold"},
                {**INSTANCE, **WHY, "region": "eu-west-1"},
                {**INSTANCE, **WHY, "ec2_instance_id": "not one"},
                INSTANCE,
            )
        ]
    assert problem_codes(answers) == ["template-unknown", "template-elsewhere", "invalid-input", "invalid-input"]
    assert await control_plane.commits() == before


@pytest.mark.parametrize(
    ("role", "read", "import_"),
    [("viewer", 200, 403), ("operator", 200, 202), ("lms", 403, 403), ("service", 403, 403)],
)
async def test_those_who_may_look_at_workers_see_the_decisions_and_operators_import(
    control_plane: RunningControlPlane, role: str, read: int, import_: int
) -> None:
    await a_template(control_plane)
    async with control_plane.client(role) as http:
        decisions = await http.get("/api/v1/scaling-decisions")
        strays = await http.get("/api/v1/stray-instances")
        imported = await http.post("/api/v1/workers/import", json={**INSTANCE, **WHY})
    assert (decisions.status_code, strays.status_code, imported.status_code) == (read, read, import_)


async def test_only_services_tell_of_the_fleet(control_plane: RunningControlPlane) -> None:
    finding: dict[str, Any] = {
        "kind": "scale_down",
        "subject": "w-1",
        "at": datetime.now(UTC).isoformat(),
        "taken": False,
        "decided_by": "idle",
        "summary": "idle for 3 s of 1800 s",
        "answers": [{"name": "idle", "passes": False, "why": "idle for 3 s of 1800 s"}],
        "worker_id": "w-1",
    }
    path, body = "/api/internal/fleet/scaling-findings", {"findings": [finding]}
    async with control_plane.client("admin") as admin, control_plane.client("service") as service:
        refused, told = await admin.post(path, json=body), await service.post(path, json=body)
        kept = (await admin.get("/api/v1/scaling-decisions", params={"worker_id": "w-1", "taken": "false"})).json()
    assert (refused.status_code, told.json()) == (403, {"added": 1})
    assert [(each["decided_by"], each["count"]) for each in kept["items"]] == [("idle", 1)]


async def test_what_stands_for_a_worker_that_nobody_judged_is_nothing_and_an_unknown_one_is_not_found(
    control_plane: RunningControlPlane,
) -> None:
    await a_template(control_plane)
    async with control_plane.client("operator") as operator:
        made = (await operator.post("/api/v1/workers", json={"template_name": "metal", **WHY})).json()
        standing = await operator.get(f"/api/v1/workers/{made['id']}/scale-down")
        unknown = await operator.get("/api/v1/workers/nobody/scale-down")
    assert standing.json() == {"worker_id": made["id"], "scale_down": None, "retention": None}
    assert unknown.status_code == 404


async def test_terms_of_care_that_cannot_be_are_refused(control_plane: RunningControlPlane) -> None:
    window = {"kind": "allowed", "days": ["monday"], "start": "22:00", "minutes": 60, "time_zone": "Europe/Atlantis"}
    async with control_plane.client("admin") as admin:
        answer = await admin.put(
            "/api/v1/system/settings", json={"policy": {"care": {"windows": [window]}}, "reason": "nights"}
        )
    assert answer.status_code == 422
    assert "Europe/Atlantis" in answer.text
