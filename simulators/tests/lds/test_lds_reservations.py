from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lcm_simulators.lds.testing import RunningLds

if TYPE_CHECKING:
    from conftest import LdsCaller
else:
    LdsCaller = Any

DEVICES = [
    {"device_label": "r1", "host": "127.10.0.4", "port": 5041, "protocol": "serial"},
    {"device_label": "pc", "host": "127.10.0.4", "port": 5042, "protocol": "vnc", "password": "cisco"},
]


async def test_wrong_password_is_refused(lds: RunningLds) -> None:
    async with httpx2.AsyncClient(base_url=lds.url, auth=(lds.username, "wrong")) as http:
        assert (await http.get("/reservations/v3/lab_session")).status_code == 401


async def test_created_session_is_pending_and_found_by_auth_id(caller: LdsCaller) -> None:
    session_id = await caller.create("mine")
    await caller.create("other")
    found = (await caller.http.get("/lab_session", params={"auth_id": "mine"})).json()
    assert [(s["session_id"], s["state"]) for s in found] == [(session_id, "SESSION_PENDING")]


async def test_look_up_of_an_unknown_auth_id_finds_nothing(caller: LdsCaller) -> None:
    assert (await caller.http.get("/lab_session", params={"auth_id": "nobody"})).json() == []


async def test_second_session_of_one_auth_id_violates_uniqueness(caller: LdsCaller) -> None:
    await caller.create("mine")
    again = await caller.http.post(
        "/lab_session", json={"auth_id": "mine", "first_name": "A", "last_name": "B"} | {"scheduled_date": "2026-11-24"}
    )
    assert (again.status_code, again.json()["error"]) == (409, "UniqueViolation")


async def test_auth_id_stays_taken_after_archive(caller: LdsCaller) -> None:
    session_id = await caller.create("mine")
    await caller.http.post(f"/lab_session/{session_id}/release", json={})
    again = await caller.http.post(
        "/lab_session", json={"auth_id": "mine", "first_name": "A", "last_name": "B", "scheduled_date": "2026-11-24"}
    )
    assert again.status_code == 409


async def test_session_without_parts_is_empty_until_one_is_added(caller: LdsCaller) -> None:
    session_id = await caller.create(session_parts=[])
    assert (await caller.get(session_id))["state"] == "SESSION_EMPTY"
    added = await caller.http.post(f"/lab_session/{session_id}/part/1", json={"form_qualified_name": "F"})
    assert added.status_code == 201
    assert (await caller.get(session_id))["state"] == "SESSION_PENDING"


async def test_part_is_added_at_the_next_number_only(caller: LdsCaller) -> None:
    session_id = await caller.create()
    assert (
        await caller.http.post(f"/lab_session/{session_id}/part/3", json={"form_qualified_name": "F"})
    ).status_code == 409


async def test_part_is_replaced_and_deleted(caller: LdsCaller) -> None:
    session_id = await caller.create()
    part = f"/lab_session/{session_id}/part/1"
    await caller.http.put(part, json={"form_qualified_name": "G"})
    assert (await caller.http.get(part)).json()["form_qualified_name"] == "G"
    assert (await caller.http.delete(part)).status_code == 204
    assert (await caller.http.get(part)).status_code == 404


async def test_devices_are_replaced_as_a_whole(caller: LdsCaller) -> None:
    session_id = await caller.create()
    path = f"/lab_session/{session_id}/part/1/devices"
    await caller.http.put(path, json=DEVICES)
    await caller.http.put(path, json=DEVICES[:1])
    assert [device["device_label"] for device in (await caller.http.get(path)).json()] == ["r1"]


@pytest.mark.parametrize(
    "device",
    [
        {"name": "r1", "host": "h", "port": 1, "protocol": "ssh"},
        {"device_label": "r1", "host": "h", "port": 0, "protocol": "ssh"},
        {"device_label": "r1", "host": "h", "port": 1, "protocol": "ssh", "uri": "ssh://h:1"},
    ],
    ids=["name instead of label", "port 0", "uri"],
)
async def test_device_of_another_shape_is_refused(caller: LdsCaller, device: dict[str, object]) -> None:
    session_id = await caller.create()
    answer = await caller.http.put(f"/lab_session/{session_id}/part/1/devices", json=[device])
    assert answer.status_code == 422


async def test_label_twice_is_refused(caller: LdsCaller) -> None:
    session_id = await caller.create()
    answer = await caller.http.put(f"/lab_session/{session_id}/part/1/devices", json=[DEVICES[0], DEVICES[0]])
    assert answer.status_code == 400


async def test_variables_are_kept(caller: LdsCaller) -> None:
    session_id = await caller.create()
    path = f"/lab_session/{session_id}/part/1/variables"
    await caller.http.put(path, json=[{"name": "pod", "value": "7"}])
    assert (await caller.http.get(path)).json() == [{"name": "pod", "value": "7"}]


async def test_release_without_a_json_body_answers_415(caller: LdsCaller) -> None:
    session_id = await caller.create()
    assert (await caller.http.post(f"/lab_session/{session_id}/release")).status_code == 415
    assert (await caller.get(session_id))["state"] == "SESSION_PENDING"


@pytest.mark.parametrize("body", ["{}", "null"])
async def test_release_archives_once_and_for_all(caller: LdsCaller, body: str) -> None:
    session_id = await caller.create()
    for _ in range(2):
        answer = await caller.http.post(
            f"/lab_session/{session_id}/release", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 204
    session = await caller.get(session_id)
    assert (session["state"], session["is_finalized"]) == ("SESSION_ARCHIVED", True)


async def test_archived_session_can_no_longer_change(caller: LdsCaller) -> None:
    session_id = await caller.create()
    await caller.http.post(f"/lab_session/{session_id}/release", json={})
    assert (await caller.http.put(f"/lab_session/{session_id}/part/1/devices", json=DEVICES)).status_code == 409
    assert (await caller.http.get(f"/lab_session/{session_id}/lablet_launch_url")).status_code == 409


async def test_patch_changes_only_what_is_given(caller: LdsCaller) -> None:
    session_id = await caller.create()
    await caller.http.patch(f"/lab_session/{session_id}", json={"last_name": "King"})
    session = await caller.get(session_id)
    assert (session["first_name"], session["last_name"]) == ("Ada", "King")


async def test_unknown_session_is_not_found(caller: LdsCaller) -> None:
    assert (await caller.http.get("/lab_session/nope")).status_code == 404


async def test_content_is_valid_once_refreshed(caller: LdsCaller) -> None:
    folder = "/lab_folder/minio/Exam CCNA v1 LAB 1.1"
    assert (await caller.http.get(folder)).status_code == 404
    assert (await caller.http.get(f"{folder}/validate")).json()["is_valid"] is False
    assert (await caller.http.put(folder)).json()["refresh_count"] == 1
    assert (await caller.http.get(f"{folder}/validate")).json()["is_valid"] is True


async def test_accesslog_tells_what_was_done(caller: LdsCaller) -> None:
    session_id = await caller.create()
    await caller.http.post(f"/lab_session/{session_id}/release", json={})
    log = (await caller.http.get(f"/lab_session/{session_id}/accesslog")).json()
    assert [entry["action"] for entry in log] == ["created", "release"]
