"""What people do at a terminal: book, follow, cancel, push content, drain, ask the doctor."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from control_plane_api.testing.builders import Recorder, a_worker, made_ready
from control_plane_api.testing.command_world import CONTENT, TWO_ROUTERS
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.testing.person_at_a_terminal import PersonAtATerminal

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 30
WHY = ("--reason", "for the test")
NEXT_YEAR = (datetime.now(UTC) + timedelta(days=200)).strftime("%Y-%m-%d")
TEMPLATE = {
    "name": "metal",
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "capacity": {"cpu_cores": 8, "memory_gb": 64, "storage_gb": 400, "nodes": 20, "ports": 20},
    "license_type": "PERSONAL",
    "cost_per_hour_usd": 3.9,
}
"""Two routers ask for two cores: four labs fit."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def fleet(shared_control_plane: RunningControlPlane) -> None:
    """One worker may be opened."""
    async with shared_control_plane.client("admin") as admin:
        assert (await admin.post("/api/v1/worker-templates", json=TEMPLATE)).status_code == 201
        policy = {"policy": {"max_workers_per_region": 1}, "reason": "for the test"}
        assert (await admin.put("/api/v1/system/settings", json=policy)).status_code == 200


@pytest.fixture
def admin(shared_control_plane: RunningControlPlane, tmp_path: Path) -> PersonAtATerminal:
    return shared_control_plane.terminal(tmp_path, "admin")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / tmp_path.name.replace("_", "-")[:40].lower()
    (folder / "tasks").mkdir(parents=True)
    (folder / "cml.yaml").write_text(TWO_ROUTERS)
    (folder / "content.xml").write_text(CONTENT)
    (folder / "tasks" / "one.html").write_text("<p>Do it</p>")
    terms = {"form_qualified_name": "Exam CCNP v1 LAB 1.1", "requirements": {"cpu_cores": 2, "memory_gb": 4}}
    (folder / "definition.yaml").write_text(json.dumps({**terms, "lead_seconds": 300, "teardown_seconds": 300}))
    return folder


async def pushed(admin: PersonAtATerminal, package: Path) -> dict[str, Any]:
    return (await admin.must("definition", "push", str(package), "--confirm", "-o", "json")).json


async def test_a_booking_is_answered_bindingly_and_sent_twice_is_made_once(
    admin: PersonAtATerminal, package: Path
) -> None:
    definition = await pushed(admin, package)
    words = ("reserve", definition["name"], "-c", "ada", "--at", f"{NEXT_YEAR} 09:00", "--tz", "Europe/Berlin")
    first = await admin.must(*words, "--key", "the-same", "-o", "json")
    again = await admin.must(*words, "--key", "the-same", "-o", "json")
    shown = await admin.must(*words, "--duration", "30")

    assert first.json["reservation"]["id"] == again.json["reservation"]["id"]
    assert first.json["reservation"]["time_zone"] == "Europe/Berlin"
    assert first.json["guarantee"]["kind"] == "planned"
    assert "idempotency key the-same" in first.words
    assert "ready by" in shown.out


async def test_a_class_without_room_is_refused_with_counts_and_other_times(
    admin: PersonAtATerminal, package: Path
) -> None:
    definition = await pushed(admin, package)
    at = (datetime.now(UTC) + timedelta(days=120)).replace(microsecond=0).isoformat()
    words = ("reserve", definition["id"], "-c", "seat", "--at", at)
    told = await admin.run(*words, "--seats", "9")
    some = await admin.run(*words, "--seats", "9", "--mode", "best_effort", "-o", "json")
    assert told.code == 1
    assert "capacity" in told.out
    assert "It would be accepted at" in told.out
    assert "Take one of the alternatives" in told.words
    assert (some.code, len(some.json["accepted"]), len(some.json["refused"])) == (1, 4, 5)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--at", "tomorrow"), "'tomorrow' is no time"),
        (("--at", "2026-12-01 09:00", "--tz", "Mars/Olympus"), "is no time zone"),
        (("--at", "2026-12-01T09:00:00Z", "--tz", "Europe/Berlin"), "has an offset already"),
        (("-c", "ben", "--seats", "3"), "2 candidates for 3 seats"),
    ],
)
async def test_a_booking_that_means_nothing_is_told_at_once(
    admin: PersonAtATerminal, words: tuple[str, ...], says: str
) -> None:
    told = await admin.run("reserve", "some-lab", "-c", "ada", *words)
    assert (told.code, says in told.words) == (2, True), told


async def test_a_session_is_followed_to_its_end_and_the_exit_code_tells_how_it_ended(
    shared_control_plane: RunningControlPlane, admin: PersonAtATerminal, package: Path
) -> None:
    definition = await pushed(admin, package)
    at = (datetime.now(UTC) + timedelta(days=90)).isoformat()
    booked = (await admin.must("reserve", definition["id"], "-c", "ada", "--at", at, "-o", "json")).json
    session = booked["session"]["id"]
    too_late = await admin.run("session", "follow", session, "--timeout", "0.2")
    reached = await admin.must("session", "follow", session, "--until", "pending")
    drawn = await admin.at_a_screen().must("session", "follow", session, "--until", "pending")
    async with asyncio.timeout(DEADLINE), shared_control_plane.client("operator") as operator:
        following = asyncio.create_task(admin.run("session", "follow", session))
        await operator.delete(f"/api/v1/lablet-sessions/{session}", params={"reason": "not needed"})
        ended = await following
    assert (too_late.code, ended.code) == (8, 20)
    assert "PENDING" in reached.out
    assert "INSTANTIATING" in drawn.out
    assert "cancelled" in ended.out


async def test_what_destroys_something_is_asked_about_and_a_script_must_say_yes(
    admin: PersonAtATerminal, package: Path
) -> None:
    definition = await pushed(admin, package)
    at = (datetime.now(UTC) + timedelta(days=60)).isoformat()
    booked = (await admin.must("reserve", definition["id"], "-c", "ada", "--at", at, "-o", "json")).json
    words = ("reservation", "cancel", booked["reservation"]["id"], *WHY)
    asked = await admin.run(*words)
    done = await admin.must(*words, "--yes", "-o", "json")
    assert (asked.code, "say --yes" in asked.words) == (2, True)
    assert done.json["reservation"]["status"] == "CANCELLED"


async def test_who_answers_for_a_lab_and_how_its_package_was_published_is_pushed_with_it(
    admin: PersonAtATerminal, package: Path
) -> None:
    terms = json.loads((package / "definition.yaml").read_text())
    (package / "definition.yaml").write_text(json.dumps({**terms, "owner_contact": "lab-team@example.com"}))
    (package / "mosaic_meta.json").write_text('{"Version": 3, "DatePublished": "2029-12-24", "FormId": "4711"}')
    first = await pushed(admin, package)
    (package / "mosaic_meta.json").write_text("{")
    broken = await admin.run("definition", "push", str(package), "--dry-run")

    assert first["owner_contact"] == "lab-team@example.com"
    assert first["publication"] == {
        "version": "3",
        "date_published": "2029-12-24",
        "publisher": "",
        "instance_name": "",
        "form_id": "4711",
    }
    assert (broken.code, "mosaic_meta.json: Invalid JSON" in broken.words) == (2, True)


async def test_problems_of_a_package_are_told_by_file_path_and_line(admin: PersonAtATerminal, package: Path) -> None:
    (package / "cml.yaml").write_text(TWO_ROUTERS.replace("label: r2", "label: r1"))
    told = await admin.run("definition", "push", str(package), "--confirm")
    assert told.code == 1
    assert "cml.yaml /nodes/1/label: line 5" in told.words


async def test_a_changed_package_is_shown_and_becomes_the_version_that_is_proposed(
    admin: PersonAtATerminal, package: Path
) -> None:
    first = await pushed(admin, package)
    unchanged = await admin.must("definition", "push", str(package), "--confirm")
    (package / "cml.yaml").write_text(TWO_ROUTERS.replace("label: r2", "label: r3"))
    (package / "content.xml").write_text(CONTENT.replace("web", "ssh"))
    looked = await admin.must("definition", "push", str(package), "--dry-run")
    second = await pushed(admin, package)
    old = await admin.must("get", "definition", first["id"], "-o", "json")

    assert "Nothing differs" in unchanged.words
    assert "1.0.0 → 2.0.0 (major)" in looked.out
    assert "label: r3" in looked.out
    assert "1 further files go with --to-bucket only" in looked.words
    assert (first["semantic_version"], second["semantic_version"]) == ("1.0.0", "2.0.0")
    assert second["lead_seconds"] == 300
    assert old.json["status"] == "DEPRECATED"


async def test_draining_waits_until_the_worker_stands_or_the_deadline_passes(
    shared_control_plane: RunningControlPlane, admin: PersonAtATerminal
) -> None:
    record, worker = Recorder(shared_control_plane.db), made_ready(a_worker(name="to-be-drained"))
    await record.commit(worker)
    told = await admin.run("worker", "drain", worker.id, *WHY, "--wait", "--timeout", "0.1")
    assert told.code == 8
    assert "it is DRAINING with 0 sessions" in told.words


async def test_the_doctor_says_what_does_not_work_and_what_to_do(admin: PersonAtATerminal) -> None:
    told = await admin.run("doctor", "-o", "json")
    found = {each["check"]: each for each in told.json["findings"]}
    assert told.code == 2
    assert found["control-plane-api: mongodb"]["verdict"] == "ok"
    assert found["issuer"]["verdict"] == "ok"
    assert found["clock"]["verdict"] == "ok"
    assert found["leader"]["verdict"] == "failed", found
    assert "run, and does it reach etcd?" in found["leader"]["do"]
    assert all(each["do"] for each in told.json["findings"] if each["verdict"] != "ok")


async def test_the_log_is_verified_by_the_server_where_no_database_is_named(admin: PersonAtATerminal) -> None:
    told = await admin.must("audit", "verify", "-o", "json")
    assert told.json["clean"]
    assert (await admin.run("audit", "verify", "--fingerprint", "0" * 64)).code == 1
