"""What operators decide about instances that no worker stands for, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from control_plane_api.testing.running_control_plane import RunningControlPlane, problem_codes

STRAYS = "/api/v1/stray-instances"
WHY = {"reason": "nobody knows it"}
STRAY: dict[str, Any] = {"ec2_instance_id": "i-0a1b", "region": "us-east-1", "kind": "unknown", "state": "running"}
TEMPLATE: dict[str, Any] = {
    "name": "metal",
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "capacity": {"cpu_cores": 16, "memory_gb": 64, "storage_gb": 400, "nodes": 40, "ports": 200},
    "license_type": "PERSONAL",
    "cost_per_hour_usd": 4.0,
}


async def seen(control_plane: RunningControlPlane, *strays: dict[str, Any]) -> list[dict[str, Any]]:
    """What worker-controller is answered when it reports *strays*."""
    report = {"regions": ["us-east-1"], "looked_at": datetime.now(UTC).isoformat(), "strays": list(strays)}
    async with control_plane.client("service") as service:
        return (await service.put("/api/internal/fleet/strays", json=report)).json()


async def test_what_is_wanted_of_a_stray_is_told_to_worker_controller_with_who_and_why(
    control_plane: RunningControlPlane,
) -> None:
    await seen(control_plane, STRAY)
    async with control_plane.client("operator", subject="ada") as operator:
        answer = await operator.post(f"{STRAYS}/i-0a1b/terminate", json={**WHY, "with_labs": True})
        (listed,) = (await operator.get(STRAYS)).json()
    (told,) = await seen(control_plane, STRAY)
    assert answer.status_code == 202
    assert told["decision"] == listed["decision"] == answer.json()["decision"]
    decision = told["decision"]
    assert (decision["verdict"], decision["with_labs"], decision["by"], decision["reason"]) == (
        "terminate",
        True,
        "ada",
        WHY["reason"],
    )


async def test_a_decision_is_in_the_audit_and_among_the_decisions_about_the_fleet(
    control_plane: RunningControlPlane,
) -> None:
    await seen(control_plane, STRAY)
    async with control_plane.client("operator", subject="ada") as operator:
        await operator.post(f"{STRAYS}/i-0a1b/leave", json=WHY)
    async with control_plane.client("admin") as admin:
        audit = (await admin.get("/api/v1/audit", params={"event_type": "reconciler.stray_decided"})).json()
        decisions = (await admin.get("/api/v1/scaling-decisions", params={"kind": "stray"})).json()
    assert [entry["resource_id"] for entry in audit["items"]] == ["worker-controller"]
    assert [(each["subject"], each["actor"], each["summary"]) for each in decisions["items"]] == [
        ("i-0a1b", "ada", "left as it is: nobody knows it")
    ]


async def test_a_decision_under_a_key_is_made_once(control_plane: RunningControlPlane) -> None:
    await seen(control_plane, STRAY)
    async with control_plane.client("operator") as operator:
        before = await control_plane.commits()
        for _ in range(2):
            await operator.post(f"{STRAYS}/i-0a1b/leave", json=WHY, headers={"Idempotency-Key": "k"})
    assert await control_plane.commits() == before + 1


async def test_a_decision_can_be_taken_back_and_goes_with_its_flag(control_plane: RunningControlPlane) -> None:
    await seen(control_plane, STRAY)
    async with control_plane.client("operator") as operator:
        await operator.post(f"{STRAYS}/i-0a1b/leave", json=WHY)
        back = await operator.post(f"{STRAYS}/i-0a1b/reconsider", json=WHY)
        await operator.post(f"{STRAYS}/i-0a1b/leave", json=WHY)
    await seen(control_plane)
    (again,) = await seen(control_plane, STRAY)
    assert (back.json()["decision"], again["decision"]) == (None, None)


async def test_what_is_no_stray_any_more_is_not_found(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("operator") as operator:
        answers = [
            await operator.post(f"{STRAYS}/i-0a1b/{verb}", json=WHY) for verb in ("terminate", "leave", "reconsider")
        ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_an_instance_that_a_worker_was_made_for_meanwhile_is_not_to_be_terminated(
    control_plane: RunningControlPlane,
) -> None:
    await seen(control_plane, STRAY)
    await a_template(control_plane)
    async with control_plane.client("operator") as operator:
        await take_in(operator)
        refused = await operator.post(f"{STRAYS}/i-0a1b/terminate", json=WHY)
    assert problem_codes([refused]) == ["instance-on-record"]


async def test_an_instance_that_is_to_be_terminated_is_not_taken_in_until_that_is_taken_back(
    control_plane: RunningControlPlane,
) -> None:
    await seen(control_plane, STRAY)
    await a_template(control_plane)
    async with control_plane.client("operator") as operator:
        await operator.post(f"{STRAYS}/i-0a1b/terminate", json=WHY)
        refused = await take_in(operator)
        await operator.post(f"{STRAYS}/i-0a1b/reconsider", json=WHY)
        taken = await take_in(operator)
    assert problem_codes([refused]) == ["instance-to-be-terminated"]
    assert taken.status_code == 202


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 202), ("lms", 403), ("service", 403)])
@pytest.mark.parametrize("verb", ["terminate", "leave", "reconsider"])
async def test_operators_decide_about_strays(
    control_plane: RunningControlPlane, role: str, status: int, verb: str
) -> None:
    await seen(control_plane, STRAY)
    async with control_plane.client(role) as http:
        answer = await http.post(f"{STRAYS}/i-0a1b/{verb}", json=WHY)
    assert answer.status_code == status


async def a_template(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("admin") as admin:
        (await admin.post("/api/v1/worker-templates", json=TEMPLATE)).raise_for_status()


async def take_in(operator: Any) -> Any:
    body = {"region": "us-east-1", "ec2_instance_id": "i-0a1b", "template_name": "metal", **WHY}
    return await operator.post("/api/v1/workers/import", json=body)
