"""Booking over HTTP: guarantees, classes, local times, other times, lists of a window, and everything only once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from control_plane_api.testing.running_control_plane import RunningControlPlane, problem_codes

TOPOLOGY = """
lab: {title: One router, version: 0.2.2}
nodes:
  - {id: n0, label: r1, node_definition: iosv, tags: ["serial:5001"], interfaces: []}
links: []
"""
ROOM_FOR_FOUR = {"cpu_cores": 8, "memory_gb": 64, "storage_gb": 400, "nodes": 20, "ports": 20}
BASE = "/api/v1/reservations"
NEXT_YEAR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=200)


@pytest.fixture
async def definition_id(control_plane: RunningControlPlane) -> str:
    """Of a lab of which four fit on a worker; a region may have two workers."""
    async with control_plane.client("admin") as admin:
        template = {
            "name": "metal",
            "region": "us-east-1",
            "instance_type": "m5zn.metal",
            "capacity": ROOM_FOR_FOUR,
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
        policy = {"policy": {"max_workers_per_region": 2}, "reason": "for the test"}
        answers = [
            await admin.post("/api/v1/worker-templates", json=template),
            await admin.post("/api/v1/lablet-definitions", json=lab),
            await admin.put("/api/v1/system/settings", json=policy),
        ]
    assert all(answer.is_success for answer in answers), [answer.text for answer in answers]
    return answers[1].json()["id"]


def wish(definition_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "definition_id": definition_id,
        "candidate": {"username": "ada"},
        "duration_minutes": 60,
        "start": NEXT_YEAR.isoformat(),
        **changes,
    }


def a_class(definition_id: str, seats: int, **changes: Any) -> dict[str, Any]:
    body = wish(definition_id, seats=[{"candidate": {"username": f"u{n}"}} for n in range(seats)], **changes)
    del body["candidate"]
    return body


async def fill(lms: httpx2.AsyncClient, definition_id: str) -> None:
    answer = await lms.post(f"{BASE}/batch", json=a_class(definition_id, 8))
    assert answer.status_code == 201, answer.text


async def test_a_booking_says_who_holds_its_room_and_says_so_again(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("lms") as lms:
        made = await lms.post(BASE, json=wish(definition_id, priority="exam", policy={"no_show_seconds": 600}))
        found = await lms.get(f"{BASE}/{made.json()['reservation']['id']}")

    guarantee = made.json()["guarantee"]
    assert (guarantee["kind"], guarantee["worker_status"]) == ("planned", "PENDING")
    assert datetime.fromisoformat(guarantee["ready_by"]) == NEXT_YEAR
    assert found.json()["guarantee"] == guarantee
    session = made.json()["session"]
    assert (session["priority"], session["no_show_seconds"], session["grace_seconds"]) == ("exam", 600, None)


async def test_a_refusal_counts_its_reasons_and_names_other_times(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("lms") as lms:
        await fill(lms, definition_id)
        refused = await lms.post(BASE, json=wish(definition_id))
        first = refused.json()["facts"]["alternatives"][0]
        taken = await lms.post(BASE, json=wish(definition_id, start=first["start"]))

    facts = refused.json()["facts"]
    assert (refused.status_code, refused.json()["code"]) == (409, "capacity-refused")
    assert facts["reason_counts"] == {"capacity": 2, "fleet_limit": 1}
    assert len(facts["alternatives"]) == 3
    assert taken.status_code == 201


async def test_a_local_time_is_taken_in_its_zone(control_plane: RunningControlPlane, definition_id: str) -> None:
    body = wish(definition_id, local_start="2027-01-12T09:00:00", time_zone="Europe/Brussels")
    del body["start"]
    async with control_plane.client("lms") as lms:
        made = await lms.post(BASE, json=body | {"local_start": next_january()})
    reservation = made.json()["reservation"]
    assert reservation["time_zone"] == "Europe/Brussels"
    assert reservation["timeslot"]["start"].endswith("T08:00:00Z")


def next_january() -> str:
    now = datetime.now(UTC)
    return f"{now.year + 1}-01-12T09:00:00" if now.month > 1 else f"{now.year}-01-31T09:00:00"


async def test_a_time_that_is_no_single_instant_is_a_problem_of_its_own(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("lms") as lms:
        body = wish(definition_id, time_zone="Europe/Brussels")
        del body["start"]
        answers = [
            await lms.post(BASE, json=body | {"local_start": "2030-03-31T02:30:00"}),
            await lms.post(BASE, json=body | {"local_start": "2030-10-27T02:30:00"}),
            await lms.post(BASE, json=body | {"local_start": "2030-01-08T09:00:00", "time_zone": "Mars/Olympus"}),
            await lms.post(BASE, json=wish(definition_id, local_start="2030-01-08T09:00:00", time_zone="UTC")),
        ]
    assert problem_codes(answers) == ["local-time-not-one-instant"] * 2 + ["invalid-input"] * 2
    assert {answer.status_code for answer in answers} == {422}


async def test_a_class_comes_once_however_often_it_is_sent(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    body, key = a_class(definition_id, 10, mode="best_effort"), {"Idempotency-Key": "class-7"}
    async with control_plane.client("lms") as lms:
        made = await lms.post(f"{BASE}/batch", json=body, headers=key)
        again = await lms.post(f"{BASE}/batch", json=body, headers=key)
        found = await lms.get(made.headers["Location"])
        listed = await lms.get(BASE)

    assert (len(made.json()["accepted"]), len(made.json()["refused"])) == (8, 2)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == made.json() == found.json()
    assert len(listed.json()["items"]) == 8


async def test_a_class_that_does_not_fit_as_a_whole_is_refused(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("lms") as lms:
        refused = await lms.post(f"{BASE}/batch", json=a_class(definition_id, 9))
        listed = await lms.get(BASE)
    assert (refused.status_code, refused.json()["code"]) == (409, "capacity-refused")
    assert listed.json()["items"] == []


async def test_the_same_key_many_times_at_once_books_once(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("lms") as lms:
        answers = await asyncio.gather(
            *(lms.post(BASE, json=wish(definition_id), headers={"Idempotency-Key": "k"}) for _ in range(12)),
            *(lms.post(BASE, json=wish(definition_id, external_id="order-1")) for _ in range(12)),
        )
        listed = await lms.get(BASE)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["reservation"]["id"] for answer in answers}) == 2
    assert len(listed.json()["items"]) == 2


async def test_another_time_and_more_time_are_held_or_refused(
    control_plane: RunningControlPlane, definition_id: str
) -> None:
    async with control_plane.client("lms") as lms:
        made = await lms.post(BASE, json=wish(definition_id, start=(NEXT_YEAR + timedelta(days=1)).isoformat()))
        await fill(lms, definition_id)
        url = f"{BASE}/{made.json()['reservation']['id']}"
        refused = await lms.post(f"{url}/reschedule", json={"start": NEXT_YEAR.isoformat()})
        moved = await lms.post(
            f"{url}/reschedule",
            json={"start": (NEXT_YEAR + timedelta(hours=3)).isoformat()},
            headers={"If-Match": made.headers["ETag"]},
        )
        stale = await lms.post(f"{url}/extend", json={"minutes": 15}, headers={"If-Match": made.headers["ETag"]})
        longer = await lms.post(f"{url}/extend", json={"minutes": 15})
    async with control_plane.client("lms", subject="another") as other:
        foreign = await other.post(f"{url}/extend", json={"minutes": 15})

    assert refused.json()["code"] == "capacity-refused"
    assert datetime.fromisoformat(moved.json()["session"]["timeslot"]["start"]) == NEXT_YEAR + timedelta(hours=3)
    assert stale.status_code == 412
    assert longer.json()["reservation"]["timeslot"] == longer.json()["session"]["timeslot"]
    assert foreign.status_code == 404


async def test_bookings_of_a_window_come_by_their_start(control_plane: RunningControlPlane, definition_id: str) -> None:
    days = [NEXT_YEAR + timedelta(days=n) for n in range(4)]
    async with control_plane.client("lms") as lms:
        for day in (days[2], days[0], days[3], days[1]):
            await lms.post(BASE, json=wish(definition_id, start=day.isoformat()))
        window = {"from": days[1].isoformat(), "to": days[3].isoformat()}
        found = await lms.get(BASE, params=window)
        paged = await lms.get(BASE, params={"from": days[0].isoformat(), "limit": 3})
        rest = await lms.get(
            BASE, params={"from": days[0].isoformat(), "limit": 3, "cursor": paged.json()["next_cursor"]}
        )

    def starts(answer: httpx2.Response) -> list[datetime]:
        return [datetime.fromisoformat(each["timeslot"]["start"]) for each in answer.json()["items"]]

    assert starts(found) == [days[2], days[1]]
    assert [*starts(paged), *starts(rest)] == days[::-1]
    assert rest.json()["next_cursor"] is None
