"""What operators tell workers: each with a reason, a role, an answer that is honest when it is no, and never twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane
from control_plane_api.testing.sse_client import event_reader
from lcm_core.domain.enums import HostLossCause

DEADLINE = 10
WHY = {"reason": "the exam of this afternoon"}
TEMPLATE: dict[str, Any] = {
    "name": "metal",
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "capacity": {"cpu_cores": 48, "memory_gb": 192, "storage_gb": 1000, "nodes": 100, "ports": 500},
    "license_type": "PERSONAL",
    "cost_per_hour_usd": 3.9,
}


@pytest.fixture
def record(control_plane: RunningControlPlane) -> Recorder:
    return Recorder(control_plane.db)


async def a_template(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("admin") as admin:
        assert (await admin.post("/api/v1/worker-templates", json=TEMPLATE)).status_code == 201


async def test_an_operator_creates_a_worker_and_the_same_request_never_makes_two(
    control_plane: RunningControlPlane,
) -> None:
    await a_template(control_plane)
    body = {"template_name": "metal", **WHY}
    async with control_plane.client("operator") as operator:
        made = await operator.post("/api/v1/workers", json=body, headers={"Idempotency-Key": "once"})
        again = await operator.post("/api/v1/workers", json=body, headers={"Idempotency-Key": "once"})
        other = await operator.post("/api/v1/workers", json=body)
        found = await operator.get(made.headers["Location"])

    assert made.status_code == 201, made.text
    assert (made.json()["status"], made.json()["demand"]["reason"]) == ("PENDING", WHY["reason"])
    assert again.json()["id"] == made.json()["id"] == found.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.json()["id"] != made.json()["id"]


async def test_a_worker_beyond_the_limit_of_the_fleet_is_refused_with_the_facts(
    control_plane: RunningControlPlane,
) -> None:
    await a_template(control_plane)
    async with control_plane.client("admin") as admin:
        policy = {"policy": {"max_workers_per_region": 0}, "reason": "closed"}
        await admin.put("/api/v1/system/settings", json=policy)
    async with control_plane.client("operator") as operator:
        full = await operator.post("/api/v1/workers", json={"template_name": "metal", **WHY})
        unknown = await operator.post("/api/v1/workers", json={"template_name": "gold", **WHY})

    assert (full.json()["code"], full.json()["facts"]["limit"]) == ("fleet-limit", 0)
    assert unknown.json()["code"] == "template-unknown"
    assert full.status_code == unknown.status_code == 409


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [
        ("POST", "undrain", {}),
        ("POST", "refresh", {}),
        ("PUT", "idle-detection", {"enabled": False}),
        ("POST", "drain", {}),
        ("POST", "start", {}),
        ("POST", "stop", {}),
        ("POST", "terminate", {}),
    ],
)
async def test_nothing_is_done_without_a_reason(
    control_plane: RunningControlPlane, record: Recorder, method: str, action: str, body: dict[str, Any]
) -> None:
    worker = made_ready(a_worker())
    await record.commit(worker)
    async with control_plane.client("operator") as operator:
        refused = await operator.request(method, f"/api/v1/workers/{worker.id}/{action}", json=body)
        after = await operator.get(f"/api/v1/workers/{worker.id}")

    assert refused.status_code == 422
    assert after.headers["ETag"] == '"1"'


async def test_a_drain_is_taken_back_with_a_reason(control_plane: RunningControlPlane, record: Recorder) -> None:
    worker = made_ready(a_worker())
    await record.commit(worker)
    where = f"/api/v1/workers/{worker.id}"
    async with control_plane.client("operator") as operator:
        await operator.post(f"{where}/drain", json=WHY)
        back = await operator.post(f"{where}/undrain", json=WHY)

    assert (back.json()["status"], back.json()["desired_status"]) == ("RUNNING", "RUNNING")


@pytest.mark.parametrize(
    ("method", "action", "body"),
    [("POST", "drain", {}), ("POST", "stop", {"force": False}), ("PUT", "idle-detection", {"enabled": False})],
)
async def test_the_reason_that_was_given_stands_with_the_commit(
    control_plane: RunningControlPlane, record: Recorder, method: str, action: str, body: dict[str, Any]
) -> None:
    worker = made_ready(a_worker())
    await record.commit(worker)
    async with control_plane.client("operator") as operator:
        body = {**body, "reason": "patching"}
        answer = await operator.request(method, f"/api/v1/workers/{worker.id}/{action}", json=body)
    assert answer.is_success, answer.text
    commit = await control_plane.db["events"].find_one({"_id": f"cml_worker-{worker.id}@2"})
    assert commit is not None
    assert commit["metadata"]["reason"] == "patching"


async def test_idle_detection_is_on_until_somebody_turns_it_off(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    worker = made_ready(a_worker())
    await record.commit(worker)
    where = f"/api/v1/workers/{worker.id}"
    async with control_plane.client("operator") as operator:
        before = await operator.get(where)
        stale = await operator.put(
            f"{where}/idle-detection", json={"enabled": False, **WHY}, headers={"If-Match": '"7"'}
        )
        off = await operator.put(f"{where}/idle-detection", json={"enabled": False, **WHY})

    assert before.json()["idle_detection_enabled"] is True
    assert stale.status_code == 412
    assert off.json()["idle_detection_enabled"] is False


async def test_a_refresh_is_accepted_and_one_that_follows_at_once_is_the_same(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    worker = made_ready(a_worker())
    await record.commit(worker)
    where = f"/api/v1/workers/{worker.id}/refresh"
    async with control_plane.client("operator") as operator:
        first, second = await operator.post(where, json=WHY), await operator.post(where, json=WHY)

    assert first.status_code == second.status_code == 202
    assert first.json()["refresh_requested_at"] == second.json()["refresh_requested_at"] is not None


async def test_what_is_asked_of_a_terminated_worker_is_refused_with_what_it_is(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    worker = made_ready(a_worker())
    worker.terminated("found terminated", now_stamp())
    await record.commit(worker)
    where = f"/api/v1/workers/{worker.id}"
    async with control_plane.client("operator") as operator:
        answers = [await operator.post(f"{where}/{action}", json=WHY) for action in ("refresh", "start", "stop")]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert {answer.json()["code"] for answer in answers} == {"worker-terminated", "worker-gone"}


async def test_a_stop_that_would_take_a_session_down_says_whose_and_what_to_do(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    worker, session = made_ready(a_worker()), a_session()
    worker.promise(session.id, session.state.requirements, session.occupation(), now_stamp())
    await record.commit(session, worker)
    async with control_plane.client("operator") as operator:
        refused = await operator.post(f"/api/v1/workers/{worker.id}/stop", json=WHY)

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "worker-has-sessions")
    assert problem["facts"]["session_ids"] == [session.id]
    assert "An operator can force it" in problem["detail"]


async def test_the_loss_of_a_host_is_told_live_with_its_cause_and_its_sessions(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    worker, session = made_ready(a_worker()), a_session()
    state = session.state
    worker.allocate(session.id, state.requirements, state.port_requests, session.occupation(), now_stamp())
    await record.commit(session, worker)
    async with control_plane.client("viewer") as viewer, asyncio.timeout(DEADLINE), event_reader(viewer) as events:
        await events.next()
        worker.lose_host(HostLossCause.CML_SILENT, "no answer for 60 s", now_stamp().at, now_stamp())
        await record.commit(worker)
        while (told := await events.next()).name != "cml_worker.host_lost.v1":
            # what was committed just before the stream began may still be told
            pass

    assert (told.data["data"]["cause"], told.data["data"]["session_ids"]) == ("cml_silent", [session.id])
    assert told.data["row"]["host_loss"]["reason"] == "no answer for 60 s"
    assert told.data["row"]["placeable"] is False
