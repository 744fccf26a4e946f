from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready
from control_plane_api.testing.running_control_plane import RunningControlPlane

TOPOLOGY = """
lab:
  title: Two routers
  version: 0.2.2
nodes:
  - {id: n0, label: r1, node_definition: iosv, x: 0, y: 0, tags: ["serial:${PORT_SERIAL_1}"],
     interfaces: [{id: i0, label: Gi0/0, type: physical, slot: 0}]}
  - {id: n1, label: r2, node_definition: iosv, x: 9, y: 0, tags: [],
     interfaces: [{id: i0, label: Gi0/0, type: physical, slot: 0}]}
links:
  - {id: l0, n1: n0, n2: n1, i1: i0, i2: i0}
"""
DEFINITION: dict[str, Any] = {
    "name": "two-routers",
    "form_qualified_name": "Exam CCNP v1 LAB 1.1",
    "topology_yaml": TOPOLOGY,
    "max_duration_minutes": 60,
}
TEMPLATE: dict[str, Any] = {
    "name": "metal",
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "capacity": {"cpu_cores": 48, "memory_gb": 192, "storage_gb": 1000, "nodes": 100, "ports": 500},
    "license_type": "PERSONAL",
    "cost_per_hour_usd": 3.9,
}


async def a_definition(control_plane: RunningControlPlane) -> str:
    """Id of a definition that can be booked: a template for it exists too."""
    async with control_plane.client("admin") as admin:
        template = await admin.post("/api/v1/worker-templates", json=TEMPLATE)
        assert template.status_code == 201, template.text
        made = await admin.post("/api/v1/lablet-definitions", json=DEFINITION)
        assert made.status_code == 201, made.text
        return made.json()["id"]


def booking(definition_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "definition_id": definition_id,
        "candidate": {"username": "ada"},
        "duration_minutes": 45,
        **changes,
    }


async def book(http: httpx2.AsyncClient, body: dict[str, Any], **headers: str) -> httpx2.Response:
    return await http.post("/api/v1/reservations", json=body, headers=headers)


async def test_a_created_thing_says_where_it_is_and_which_version_it_has(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("admin") as admin:
        made = await admin.post("/api/v1/worker-templates", json=TEMPLATE)
        found = await admin.get(made.headers["Location"])
    assert made.headers["ETag"] == found.headers["ETag"] == '"1"'
    assert found.json() == made.json()


async def test_the_topology_of_a_definition_comes_back_as_it_was_sent(control_plane: RunningControlPlane) -> None:
    id = await a_definition(control_plane)
    async with control_plane.client("viewer") as viewer:
        answer = await viewer.get(f"/api/v1/lablet-definitions/{id}/topology")
    assert answer.text == TOPOLOGY
    assert answer.headers["Content-Type"].startswith("application/yaml")


async def test_a_booking_is_answered_with_its_session(control_plane: RunningControlPlane) -> None:
    id = await a_definition(control_plane)
    async with control_plane.client("lms", subject="lms-1") as lms:
        made = await book(lms, booking(id, external_id="ada-1"))
        assert made.status_code == 201, made.text
        found = await lms.get(made.headers["Location"])
        listed = await lms.get("/api/v1/reservations", params={"external_id": "ada-1"})
    assert found.json() == made.json()
    assert made.json()["session"]["status"] == "PENDING"
    assert made.json()["session"]["reservation_id"] == made.json()["reservation"]["id"]
    assert [row["id"] for row in listed.json()["items"]] == [made.json()["reservation"]["id"]]


async def test_an_lms_sees_and_cancels_its_own_bookings_only(control_plane: RunningControlPlane) -> None:
    id = await a_definition(control_plane)
    async with (
        control_plane.client("lms", subject="lms-1") as owner,
        control_plane.client("lms", subject="lms-2") as other,
    ):
        made = (await book(owner, booking(id))).json()
        path = f"/api/v1/reservations/{made['reservation']['id']}"
        session = f"/api/v1/lablet-sessions/{made['session']['id']}"
        assert (await other.get(path)).status_code == 404
        assert (await other.delete(path)).status_code == 404
        assert (await other.get(session)).status_code == 404
        assert (await other.get("/api/v1/lablet-sessions")).json()["items"] == []
        assert (await owner.get(session)).status_code == 200
        cancelled = await owner.delete(path, params={"reason": "ill"})
    assert cancelled.json()["reservation"]["status"] == "CANCELLED"
    assert cancelled.json()["session"]["status"] == "TERMINATED"


async def test_the_same_idempotency_key_books_once(control_plane: RunningControlPlane) -> None:
    id = await a_definition(control_plane)
    async with control_plane.client("lms") as lms:
        answers = await asyncio.gather(*(book(lms, booking(id), **{"Idempotency-Key": "k-1"}) for _ in range(5)))
        later = await book(lms, booking(id), **{"Idempotency-Key": "k-1"})
        listed = await lms.get("/api/v1/reservations")
    assert {answer.status_code for answer in (*answers, later)} == {201}
    assert len({answer.json()["reservation"]["id"] for answer in (*answers, later)}) == 1
    assert len(listed.json()["items"]) == 1
    assert later.headers["Idempotent-Replayed"] == "true"


async def test_a_key_that_stands_for_another_request_is_refused(control_plane: RunningControlPlane) -> None:
    id = await a_definition(control_plane)
    async with control_plane.client("lms") as lms:
        await book(lms, booking(id), **{"Idempotency-Key": "k-1"})
        before = await control_plane.commits()
        other = await book(lms, booking(id, duration_minutes=50), **{"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert await control_plane.commits() == before


async def test_two_callers_may_use_the_same_key(control_plane: RunningControlPlane) -> None:
    id = await a_definition(control_plane)
    ids: set[str] = set()
    for subject in ("lms-1", "lms-2"):
        async with control_plane.client("lms", subject=subject) as lms:
            ids.add((await book(lms, booking(id), **{"Idempotency-Key": "k-1"})).json()["reservation"]["id"])
    assert len(ids) == 2


async def test_a_refused_request_does_not_use_its_key_up(control_plane: RunningControlPlane) -> None:
    id = await a_definition(control_plane)
    async with control_plane.client("lms") as lms:
        refused = await book(lms, booking(id, duration_minutes=480), **{"Idempotency-Key": "k-1"})
        accepted = await book(lms, booking(id), **{"Idempotency-Key": "k-1"})
    assert (refused.status_code, accepted.status_code) == (422, 201)


async def test_if_match_refuses_a_change_of_another_version(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("admin") as admin:
        made = await admin.post("/api/v1/worker-templates", json=TEMPLATE)
        where, tag = made.headers["Location"], {"If-Match": made.headers["ETag"]}
        first = await admin.put(where, json={**TEMPLATE, "description": "first"}, headers=tag)
        before = await control_plane.commits()
        second = await admin.put(where, json={**TEMPLATE, "description": "second"}, headers=tag)
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert (second.status_code, second.json()["code"]) == (412, "precondition-failed")
    assert second.json()["facts"]["current_version"] == 2
    assert await control_plane.commits() == before


async def test_one_of_two_changes_of_the_same_version_wins(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("admin") as admin:
        made = await admin.post("/api/v1/worker-templates", json=TEMPLATE)
        tag = {"If-Match": made.headers["ETag"]}
        answers = await asyncio.gather(
            *(
                admin.put(made.headers["Location"], json={**TEMPLATE, "description": f"no. {n}"}, headers=tag)
                for n in range(8)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_lists_come_in_pages_newest_first_without_loss_or_repetition(
    control_plane: RunningControlPlane,
) -> None:
    sessions = [a_session() for _ in range(25)]
    record = Recorder(control_plane.db)
    for session in sessions:
        await record.commit(session)
    seen: list[str] = []
    cursor: str | None = None
    async with control_plane.client("viewer") as viewer:
        while True:
            params = {"limit": 10, "status": "PENDING", **({"cursor": cursor} if cursor else {})}
            page = (await viewer.get("/api/v1/lablet-sessions", params=params)).json()
            seen += [row["id"] for row in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert seen == [session.id for session in reversed(sessions)]


async def test_the_event_log_of_a_session_can_be_checked_by_anybody(control_plane: RunningControlPlane) -> None:
    id = await a_definition(control_plane)
    async with control_plane.client("lms") as lms, control_plane.client("admin") as admin:
        made = (await book(lms, booking(id))).json()
        session = f"/api/v1/lablet-sessions/{made['session']['id']}"
        await admin.delete(session)
        log = (await admin.get(f"{session}/events")).json()
    assert [commit["version"] for commit in log] == [1, 2]
    assert log[0]["prev_hash"] == "0" * 64
    assert log[1]["prev_hash"] == log[0]["hash"]


async def test_an_operator_drains_a_worker_and_changes_their_mind(control_plane: RunningControlPlane) -> None:
    worker = made_ready(a_worker())
    await Recorder(control_plane.db).commit(worker)
    where = f"/api/v1/workers/{worker.id}"
    async with control_plane.client("operator") as operator:
        drained = await operator.post(f"{where}/drain", json={"reason": "patching"})
        back = await operator.post(f"{where}/cancel-drain")
        stopped = await operator.post(f"{where}/stop", json={"reason": "night"})
        capacity = (await operator.get("/api/v1/capacity")).json()
    assert [answer.json()["status"] for answer in (drained, back)] == ["DRAINING", "RUNNING"]
    assert stopped.json()["desired_status"] == "STOPPED"
    assert capacity["workers"][0]["worker_id"] == worker.id


async def test_an_admin_has_the_whole_log_proved(control_plane: RunningControlPlane) -> None:
    await a_definition(control_plane)
    async with control_plane.client("admin") as admin:
        clean = (await admin.post("/api/v1/audit/verify")).json()
        await control_plane.db["events"].update_one({"version": 1}, {"$set": {"metadata.actor": "somebody else"}})
        tampered = (await admin.post("/api/v1/audit/verify")).json()
    assert clean["clean"] is True
    assert clean["invariants"]
    assert tampered["findings"][0]["kind"] == "changed-commit"


async def test_catalogue_and_state_machines_are_complete(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("viewer") as viewer:
        catalogue = (await viewer.get("/api/v1/event-catalogue")).json()
        machines = {machine["kind"]: machine for machine in (await viewer.get("/api/v1/state-machines")).json()}
    assert "lablet_session.scheduled.v1" in {event["type"] for event in catalogue}
    assert all(event["doc"] and event["emitted_by"] for event in catalogue)
    assert machines["lablet_session"]["terminal"] == ["TERMINATED"]
    moves = {(row["source"], row["target"]) for row in machines["lablet_session"]["transitions"]}
    assert ("INSTANTIATING", "RUNNING") not in moves


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "e30", "%00"])
async def test_a_made_up_cursor_is_refused(control_plane: RunningControlPlane, cursor: str) -> None:
    async with control_plane.client("viewer") as viewer:
        answer = await viewer.get("/api/v1/lablet-sessions", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


async def test_an_admin_changes_the_fleet_policy_of_the_version_they_read(control_plane: RunningControlPlane) -> None:
    path = "/api/v1/system/settings"
    async with control_plane.client("admin") as admin:
        read = await admin.get(path)
        policy = {**read.json()["policy"], "max_workers_per_region": 3}
        changed = await admin.put(path, json={"policy": policy, "reason": "budget"})
        stale = await admin.put(path, json={"policy": policy, "reason": "late"}, headers={"If-Match": '"7"'})
    assert (read.headers["ETag"], changed.headers["ETag"]) == ('"0"', '"1"')
    assert changed.json()["policy"]["max_workers_per_region"] == 3
    assert stale.status_code == 412


async def test_a_withdrawn_definition_cannot_be_booked(control_plane: RunningControlPlane) -> None:
    id = await a_definition(control_plane)
    async with control_plane.client("admin") as admin:
        withdrawn = await admin.post(f"/api/v1/lablet-definitions/{id}/deprecate", json={"reason": "new version"})
        before = await control_plane.commits()
        refused = await book(admin, booking(id))
    assert withdrawn.json()["status"] == "DEPRECATED"
    assert refused.status_code == 409
    assert await control_plane.commits() == before


async def test_every_command_has_a_way_in(control_plane: RunningControlPlane) -> None:
    """A command that nobody can send is dead code; these are sent by hosted services and for what settings name."""
    import control_plane_api.api.controllers as controllers

    folder = Path(controllers.__file__).parent
    text = "".join(file.read_text() for file in folder.rglob("*.py"))
    missing = {command.__name__ for command in control_plane.mediator.commands if command.__name__ not in text}
    assert missing == {
        "BookTogetherCommand",
        "ClearNotificationCommand",
        "CreateReservationCommand",
        "FinishMaintenanceCommand",
        "FinishReplayCommand",
        "FollowConfiguredSinkCommand",
        "FollowTemplateFileCommand",
        "RaiseNotificationCommand",
        "RecordMaintenanceProgressCommand",
        "RecordMaintenanceStageCommand",
    }


async def test_a_template_is_edited_from_a_version_that_the_editor_names(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("admin") as admin:
        made = await admin.post("/api/v1/worker-templates", json=TEMPLATE)
        where = made.headers["Location"]
        blind = await admin.put(where, json={**TEMPLATE, "description": "blind"})
        seen = await admin.put(where, json={**TEMPLATE, "description": "seen"}, headers={"If-Match": '"1"'})
        history = (await admin.get(f"{where}/versions")).json()
        first = (await admin.get(f"{where}/versions/1")).json()
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition-required")
    assert seen.status_code == 200
    assert [(each["version"], each["changed"]) for each in history] == [(2, ["description"]), (1, [])]
    assert (first["version"], first["description"]) == (1, "")


async def test_an_operator_asks_for_another_licence(control_plane: RunningControlPlane) -> None:
    worker = made_ready(a_worker())
    await Recorder(control_plane.db).commit(worker)
    where = f"/api/v1/workers/{worker.id}/license"
    body = {"action": "REGISTER", "type": "ENTERPRISE", "reason": "more nodes"}
    async with control_plane.client("viewer") as viewer, control_plane.client("operator") as operator:
        not_allowed = await viewer.post(where, json=body)
        asked = await operator.post(where, json=body)
        other = await operator.post(where, json={**body, "action": "DEREGISTER"})
    assert not_allowed.status_code == 403
    assert asked.json()["license_request"]["outcome"] == "PENDING"
    assert (other.status_code, other.json()["code"]) == (409, "licence-request-pending")
